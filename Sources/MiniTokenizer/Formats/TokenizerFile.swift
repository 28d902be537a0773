import MiniSupport

/// Recognises tokenizer files by their content.
public enum TokenizerFile: Hashable, Sendable {
    /// Hugging Face's `tokenizer.json`.
    case huggingFace(path: String)
    /// A vocabulary and its merges: `vocab.json` and `merges.txt`, or `encoder.json` and
    /// `vocab.bpe`.
    case vocabularyAndMerges(vocabulary: String, merges: String)
    /// tiktoken's rank file.
    case tiktoken(path: String)
    /// A `.model` file of minbpe.
    case minBPE(path: String)
    /// A ``CharacterTokenizer`` as JSON.
    case character(path: String)
    /// A SentencePiece model, which MiniSentencePiece reads.
    case sentencePiece(path: String)

    private static let vocabularyNames = ["vocab.json", "encoder.json"]
    private static let mergesNames = ["merges.txt", "vocab.bpe"]
    /// The names that tokenizers have in directories, the best description first.
    private static let usualNames =
        ["tokenizer.json"] + vocabularyNames
        + [
            "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model",
            "sentencepiece.model", "ranks.tiktoken",
        ]

    /// What a file, or a directory with tokenizer files under their usual names, holds.
    ///
    /// Of a vocabulary and its merges either file may be given; the other is looked for beside
    /// it. Of a directory with several formats `tokenizer.json` counts first.
    ///
    /// - Throws: ``TokenizerError/unreadableFile(file:reason:)`` when there is no such file,
    ///   ``TokenizerError/malformedFile(file:entry:reason:byteOffset:)`` when it is none of these.
    public static func recognize(_ path: String) throws(TokenizerError) -> TokenizerFile {
        guard FileReader.isDirectory(path) else { return try recognizeFile(path) }
        let folder = path.hasSuffix("/") ? path : path + "/"
        for name in usualNames where FileReader.exists(folder + name) {
            return try recognizeFile(folder + name)
        }
        // Names with something before the usual one: mine-vocab.json, gpt2_vocab.json, my.tiktoken.
        let names = try FileReader.names(in: path)
        let prefixed = names.filter { name in
            name.hasSuffix(".tiktoken")
                || usualNames.contains { name.hasSuffix("-" + $0) || name.hasSuffix("_" + $0) }
        }
        if prefixed.count == 1 { return try recognizeFile(folder + prefixed[0]) }
        guard prefixed.isEmpty else {
            throw .unreadableFile(
                file: path,
                reason: "The directory has several tokenizers; name one of them: "
                    + prefixed.map { $0.debugDescription }.joined(separator: ", ") + ".")
        }
        throw .unreadableFile(
            file: path,
            reason:
                "The directory has no tokenizer: none of \(usualNames.joined(separator: ", ")), "
                + "and no *.tiktoken.")
    }

    private static func recognizeFile(_ path: String) throws(TokenizerError) -> TokenizerFile {
        let head = try FileReader.head(of: path, count: 4096)
        var start = 0
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
        while start < head.count, [0x20, 0x09, 0x0A, 0x0D].contains(head[start]) { start += 1 }
        if let content = UnexpectedContent(head: head) {
            throw .malformedFile(
                file: path, entry: "content", reason: content.sentence, byteOffset: nil)
        }
        guard start < head.count else {
            throw .malformedFile(
                file: path, entry: "document", reason: "The file is empty.", byteOffset: nil)
        }
        if head[start] == UInt8(ascii: "{") { return try recognizeJSON(path) }
        // A SentencePiece model begins with field 1, a message: byte 0x0A and its length, then
        // the piece, again field 1. A text file that begins with empty lines has no 0x0A there.
        if head.count > 3, head[0] == 0x0A, head[2] == 0x0A { return .sentencePiece(path: path) }
        let line = head[start...].prefix { $0 != 0x0A && $0 != 0x0D }
        if line.elementsEqual(MinBPEFile.version.utf8) { return .minBPE(path: path) }
        if line.starts(with: "#version".utf8) { return try withVocabulary(merges: path) }
        if isRank(line) { return .tiktoken(path: path) }
        if isMerge(line, of: path) { return try withVocabulary(merges: path) }
        throw .malformedFile(
            file: path, entry: "document",
            reason: "The file is neither a tokenizer.json, a vocabulary, merges, tiktoken ranks "
                + "nor a SentencePiece model.", byteOffset: nil)
    }

    /// Whether a line is Base64, a space and a number. Merges such as `h e` are not Base64, since
    /// that comes in groups of four; `Ġthe 1234` has other characters.
    private static func isRank(_ line: ArraySlice<UInt8>) -> Bool {
        guard let space = line.firstIndex(of: 0x20), space > line.startIndex else { return false }
        let digits = line[(space + 1)...]
        var token: [UInt8] = []
        return !digits.isEmpty && digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            && line.withUnsafeBufferPointer {
                Base64.decode($0[..<(space - line.startIndex)], to: &token)
            }
    }

    /// Whether a line is the first merge of a file of merges without a version: two tokens with a
    /// space between them, each a single character, since no token is merged before it is made. Of
    /// files with the usual name any two tokens count.
    private static func isMerge(_ line: ArraySlice<UInt8>, of path: String) -> Bool {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return false }
        if mergesNames.contains(where: { path.hasSuffix($0) }) { return true }
        return parts.allSatisfy { part in
            let text = String(decoding: part, as: UTF8.self)
            let character = text.hasSuffix("</w>") ? text.dropLast(4) : text[...]
            return character.unicodeScalars.count == 1
        }
    }

    private static func recognizeJSON(_ path: String) throws(TokenizerError) -> TokenizerFile {
        // The first key and what follows it are enough for most files.
        let head = try FileReader.head(of: path, count: 4096)
        var kind: JSONKind?
        do throws(TokenizerError) {
            kind = try head.withPointer { (base, count) throws(TokenizerError) in
                var scanner = JSONReader<TokenizerError>(base, count: count, file: path)
                return try Self.kindByFirstKey(&scanner)
            }
        } catch {
            // The head may have cut the key off; the whole file says what is wrong.
        }
        if kind == nil {
            kind = try FileReader.contents(of: path).withPointer {
                (base, count) throws(TokenizerError) in
                var scanner = JSONReader<TokenizerError>(base, count: count, file: path)
                let start = scanner.index
                if let kind = try Self.kindByFirstKey(&scanner) { return kind }
                scanner.index = start
                return try Self.hasCharacterType(&scanner) ? .character : .model
            }
        }
        switch kind {
        case .model, nil: return .huggingFace(path: path)
        case .character: return .character(path: path)
        case .vocabulary:
            return .vocabularyAndMerges(
                vocabulary: path, merges: try sibling(of: path, named: mergesNames))
        }
    }

    private enum JSONKind { case model, character, vocabulary }

    /// What a JSON file is by its first key and value: a vocabulary holds nothing but integers.
    private static func kindByFirstKey(
        _ scanner: inout JSONReader<TokenizerError>
    ) throws(TokenizerError) -> JSONKind? {
        try scanner.expect("{")
        if try scanner.peek() == UInt8(ascii: "}") { return .vocabulary }
        let key = try scanner.string { _, key in String(decoding: key.prefix(64), as: UTF8.self) }
        try scanner.expect(":")
        let value = try scanner.peek()
        if value == UInt8(ascii: "-") || (value >= 0x30 && value <= 0x39) { return .vocabulary }
        if key == "alphabet" { return .character }
        return ["version", "truncation", "added_tokens", "model"].contains(key) ? .model : nil
    }

    private static func hasCharacterType(
        _ scanner: inout JSONReader<TokenizerError>
    ) throws(TokenizerError) -> Bool {
        var found = false
        try scanner.members { scanner, key throws(TokenizerError) in
            if key.elementsEqual("type".utf8), try scanner.peek() == UInt8(ascii: "\"") {
                found = try scanner.string { _, text in text.elementsEqual("character".utf8) }
            } else {
                try scanner.skip(checksNames: false)
            }
        }
        return found
    }

    private static func withVocabulary(merges: String) throws(TokenizerError) -> TokenizerFile {
        .vocabularyAndMerges(
            vocabulary: try sibling(of: merges, named: vocabularyNames), merges: merges)
    }

    private static func sibling(
        of path: String, named names: [String]
    ) throws(TokenizerError) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        // Files that come in pairs with a prefix, such as mine-vocab.json and mine-merges.txt.
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        let prefix = name.lastIndex { $0 == "-" || $0 == "_" }.map { String(name[...$0]) } ?? ""
        for candidate in names.map({ prefix + $0 }) + names
        where FileReader.exists(folder + candidate) {
            return folder + candidate
        }
        throw .unreadableFile(
            file: path, reason: "It needs \(names.joined(separator: " or ")) beside it.")
    }
}

extension BytePairTokenizer {
    /// Opens a byte-level BPE tokenizer in any of the formats of ``TokenizerFile``: a file, or a
    /// directory that holds one.
    ///
    /// - Parameters:
    ///   - splitting: the splitting rule of files that do not name one. By default GPT-2's; of a
    ///     rank file with as many ranks as `cl100k_base`, GPT-4's.
    ///   - specialTokens: names of special tokens and, for rank files, their ids, of files that
    ///     do not have them.
    /// - Throws: a ``TokenizerError`` that names file and entry.
    public static func open(
        _ path: String, splitting: SplittingRule? = nil, specialTokens: [String: Int32]? = nil
    ) throws(TokenizerError) -> BytePairTokenizer {
        switch try TokenizerFile.recognize(path) {
        case .huggingFace(let path):
            return try read(json: try FileReader.contents(of: path), file: path)
        case .vocabularyAndMerges(let vocabulary, let merges):
            let names = specialTokens?.sorted { $0.value < $1.value }.map(\.key)
            return try MergesFile.read(
                vocabularyPath: vocabulary, mergesPath: merges, splitting: splitting ?? .gpt2,
                specialTokens: names)
        case .tiktoken(let path):
            return try TiktokenFile.read(path, splitting: splitting, specialTokens: specialTokens)
        case .minBPE(let path):
            return try MinBPEFile.read(try FileReader.contents(of: path), file: path)
        case .character(let path):
            throw .unsupported(
                file: path, entry: "type", reason: "It is a character tokenizer, not BPE.")
        case .sentencePiece(let path):
            throw .unsupported(
                file: path, entry: "document",
                reason: "It is a SentencePiece model; open it with MiniSentencePiece.")
        }
    }

    /// Reads `tokenizer.json` from memory; `file` names it in errors.
    ///
    /// - Throws: a ``TokenizerError`` that names the entry.
    public static func read(
        huggingFaceJSON bytes: [UInt8], file: String = "tokenizer.json"
    ) throws(TokenizerError) -> BytePairTokenizer {
        try read(json: bytes, file: file)
    }

    private static func read(
        json bytes: consuming [UInt8], file: String
    ) throws(TokenizerError) -> BytePairTokenizer {
        try FileReader.checkSize(bytes.count, of: file)
        let parts = try bytes.withPointer { (base, count) throws(TokenizerError) in
            var reader = HuggingFaceReader(base, count: count, file: file)
            return try reader.readBytePair()
        }
        // The tables need the room that the file takes.
        _ = consume bytes
        return try parts.tokenizer()
    }

    /// Reads tiktoken's ranks from memory; `file` names them in errors.
    ///
    /// - Throws: a ``TokenizerError`` that names the line.
    public static func read(
        tiktokenRanks bytes: [UInt8], splitting: SplittingRule? = nil,
        specialTokens: [String: Int32]? = nil, file: String = "ranks.tiktoken"
    ) throws(TokenizerError) -> BytePairTokenizer {
        try TiktokenFile.read(bytes, file: file, splitting: splitting, specialTokens: specialTokens)
    }
}
