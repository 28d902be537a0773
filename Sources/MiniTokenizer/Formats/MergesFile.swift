/// GPT-2's pair of files: `vocab.json` and `merges.txt`, or OpenAI's `encoder.json` and
/// `vocab.bpe`, which say the same.
enum MergesFile {
    /// Reads both files.
    ///
    /// The files do not say which tokens are special. ``CompanionFiles`` beside them do; without
    /// such a token that no merge makes and that looks like a marker (`<…>`, `[…]`) is taken for one.
    /// `specialTokens` counts before both.
    static func read(
        vocabularyPath: String, mergesPath: String, splitting: SplittingRule,
        specialTokens: [String]?
    ) throws(TokenizerError) -> BytePairTokenizer {
        try read(
            vocabulary: try FileReader.contents(of: vocabularyPath),
            merges: { () throws(TokenizerError) in try FileReader.contents(of: mergesPath) },
            vocabularyPath: vocabularyPath, mergesPath: mergesPath, splitting: splitting,
            specialTokens: specialTokens,
            companions: specialTokens == nil ? try CompanionFiles(beside: vocabularyPath) : nil)
    }

    /// Reads the contents of both files; the merges are asked for when the vocabulary is read.
    static func read(
        vocabulary vocabularyBytes: consuming [UInt8],
        merges mergesBytes: () throws(TokenizerError) -> [UInt8],
        vocabularyPath: String, mergesPath: String, splitting: SplittingRule,
        specialTokens: [String]?, companions: CompanionFiles? = nil
    ) throws(TokenizerError) -> BytePairTokenizer {
        try FileReader.checkSize(vocabularyBytes.count, of: vocabularyPath)
        let parts = try vocabularyBytes.withPointer {
            (base, count) throws(TokenizerError) -> BytePairParts in
            var scanner = JSONReader<TokenizerError>(base, count: count, file: vocabularyPath)
            let vocabulary = try NameTable(
                &scanner, entry: "vocabulary",
                others: specialTokens?.count ?? companions?.tokens.count ?? 0)
            try scanner.end()
            var assembler = BytePairAssembler(file: vocabularyPath, vocabulary: vocabulary)
            try mergesBytes().withPointer { (base, count) throws(TokenizerError) in
                try readMerges(base, count, mergesPath, into: &assembler)
            }
            assembler.addedTokens =
                companions?.addedTokens(vocabulary) ?? addedTokens(assembler, specialTokens)
            guard assembler.addedTokens.count <= TokenizerLimits.addedTokens else {
                throw .malformedFile(
                    file: vocabularyPath, entry: "vocabulary",
                    reason: "More than \(TokenizerLimits.addedTokens) tokens look like markers.",
                    byteOffset: nil)
            }
            var settings = BytePairSettings()
            settings.addsPrefixSpace = companions?.addsPrefixSpace ?? false
            let endOfText = companions?.endOfText.flatMap { name in
                assembler.addedTokens.first { $0.content.utf8.elementsEqual(name.utf8) }?.id
            }
            return try assembler.parts(
                splitter: try Splitter([splitting]), settings: settings, endOfText: endOfText
            ) { "merge \($0)" }
        }
        // The tables need the room that the file takes.
        _ = consume vocabularyBytes
        return try parts.tokenizer()
    }

    private static func readMerges(
        _ base: UnsafePointer<UInt8>, _ count: Int, _ path: String,
        into assembler: inout BytePairAssembler
    ) throws(TokenizerError) {
        var start = 0
        var line = 0
        while start < count {
            line += 1
            var end = start
            while end < count, base[end] != 0x0A { end += 1 }
            let next = end + 1
            if end > start, base[end - 1] == 0x0D { end -= 1 }
            let text = UnsafeBufferPointer(start: base + start, count: end - start)
            let isVersion = line == 1 && text.starts(with: "#version".utf8)
            if !text.isEmpty, !isVersion {
                let entry = "line \(line)"
                guard let space = text.firstIndex(of: 0x20), text.lastIndex(of: 0x20) == space
                else {
                    throw .malformedFile(
                        file: path, entry: entry,
                        reason: "A merge must be two tokens with one space between them.",
                        byteOffset: start)
                }
                try assembler.addMerge(
                    UnsafeBufferPointer(rebasing: text[..<space]),
                    UnsafeBufferPointer(rebasing: text[(space + 1)...]),
                    in: path, entry: { _ in entry }, at: start)
            }
            start = next
        }
    }

    private static func addedTokens(
        _ assembler: BytePairAssembler, _ specialTokens: [String]?
    ) -> [AddedToken] {
        let vocabulary = assembler.vocabulary
        if let specialTokens {
            var tokens: [AddedToken] = []
            var next = Int32(vocabulary.count)
            for content in specialTokens {
                if let id = vocabulary.id(of: content) {
                    tokens.append(AddedToken(content, id: id))
                } else {
                    tokens.append(AddedToken(content, id: next))
                    next += 1
                }
            }
            return tokens
        }
        var isMade = [Bool](repeating: false, count: vocabulary.count)
        for merge in assembler.merges { isMade[Int(merge.made)] = true }
        var tokens: [AddedToken] = []
        for id in vocabulary.ids
        where !isMade[Int(id)] && tokens.count <= TokenizerLimits.addedTokens {
            vocabulary.withName(of: id) { name in
                guard name.count > 2, let first = name.first, let last = name.last else { return }
                let isAngled = first == UInt8(ascii: "<") && last == UInt8(ascii: ">")
                let isBracketed = first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
                if isAngled || isBracketed {
                    tokens.append(AddedToken(String(decoding: name, as: UTF8.self), id: id))
                }
            }
        }
        return tokens
    }
}

extension [UInt8] {
    /// Calls `body` with a pointer that is valid even when the array is empty.
    func withPointer<Result>(
        _ body: (UnsafePointer<UInt8>, Int) throws(TokenizerError) -> Result
    ) throws(TokenizerError) -> Result {
        let (copy, count) = isEmpty ? ([0], 0) : (self, self.count)
        return try copy.withUnsafeBufferPointer { (buffer) throws(TokenizerError) in
            try body(buffer.baseAddress!, count)
        }
    }
}

extension BytePairTokenizer {
    /// Writes the vocabulary as `vocab.json` (or `encoder.json`) and the merges as `merges.txt`
    /// (or `vocab.bpe`). The files do not hold the splitting rule.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when a file cannot be written.
    public func writeVocabularyAndMerges(
        vocabularyPath: String, mergesPath: String
    ) throws(TokenizerError) {
        let names = try tokenNames(file: vocabularyPath)
        var vocabulary = JSONWriter()
        for (id, name) in names.enumerated() {
            vocabulary.raw(id == 0 ? "{" : ", ")
            vocabulary.string(name)
            vocabulary.raw(": \(id)")
        }
        vocabulary.raw("}\n")
        var lines = "#version: 0.2\n"
        for merge in merges {
            lines += names[Int(merge.left)] + " " + names[Int(merge.right)] + "\n"
        }
        try FileReader.write(vocabulary.bytes, to: vocabularyPath)
        try FileReader.write(Array(lines.utf8), to: mergesPath)
    }
}
