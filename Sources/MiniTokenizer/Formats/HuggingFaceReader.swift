/// Reads Hugging Face's `tokenizer.json` with a byte-level BPE model.
///
/// The parts that decide about ids are read strictly, and what this library cannot do is an
/// error rather than another result. Ignored: `truncation`, `padding` and `post_processor`, so
/// ids are those of `encode(text, add_special_tokens=False)`.
struct HuggingFaceReader {
    private var scanner: JSONReader<TokenizerError>
    let file: String
    /// Where the value of each key of an object begins.
    private typealias Places = [String: Int]
    /// Trees take many times the memory of their text, so only small parts become one.
    private static let longestTree = 256 << 10

    init(_ bytes: UnsafePointer<UInt8>, count: Int, file: String) {
        scanner = JSONReader<TokenizerError>(bytes, count: count, file: file)
        self.file = file
    }

    mutating func read() throws(TokenizerError) -> BytePairParts {
        var model: Places?
        let top = try places(in: "document", from: scanner.index) {
            (reader, key) throws(TokenizerError) in
            // The model is most of the file: looked through once only.
            guard key == "model", try reader.scanner.peek() == UInt8(ascii: "{") else {
                return false
            }
            model = try reader.places(in: "model", from: reader.scanner.index)
            reader.scanner.entry = "document"
            return true
        }
        try scanner.end()
        guard let modelPlace = top["model"] else {
            throw scanner.failure("The key \"model\" is missing.", at: 0)
        }
        guard let model else {
            scanner.entry = "model"
            throw scanner.failure("Expected an object.", at: modelPlace)
        }
        try checkModel(model)
        guard let vocabularyPlace = model["vocab"], let mergesPlace = model["merges"] else {
            throw scanner.failure(
                "The model has no \"\(model["vocab"] == nil ? "vocab" : "merges")\".",
                at: modelPlace)
        }
        var addedTokens: [AddedToken] = []
        if let place = top["added_tokens"], !(try isNull(place)) {
            addedTokens = try readAddedTokens(at: place)
        }
        scanner.index = vocabularyPlace
        let vocabulary = try NameTable(
            &scanner, entry: "model.vocab", others: addedTokens.count)
        var assembler = BytePairAssembler(file: file, vocabulary: vocabulary)
        assembler.addedTokens = addedTokens
        try readMerges(at: mergesPlace, into: &assembler)

        var settings = BytePairSettings()
        settings.prefersWholePieces = try flag(model, "ignore_merges", in: "model")
        settings.normalizations = try readNormalizer(try tree(top, "normalizer"))
        let rules = try readPreTokenizer(try tree(top, "pre_tokenizer"), &settings)
        try checkDecoder(try tree(top, "decoder"))
        let splitter: Splitter
        do throws(TokenizerError) {
            splitter = try Splitter(rules)
        } catch {
            throw .malformedFile(
                file: file, entry: "pre_tokenizer", reason: error.description,
                byteOffset: top["pre_tokenizer"])
        }
        return try assembler.parts(splitter: splitter, settings: settings) {
            "model.merges[\($0)]"
        }
    }

    // MARK: Model

    /// Where the values of an object begin. Values are passed, unless `read` reads them.
    private mutating func places(
        in entry: String, from place: Int,
        reading read: (inout Self, _ key: String) throws(TokenizerError) -> Bool = { _, _ in false }
    ) throws(TokenizerError) -> Places {
        scanner.index = place
        scanner.entry = entry
        var places: Places = [:]
        var reader = self
        try scanner.members { scanner, key throws(TokenizerError) in
            guard key.count <= 256 else { throw scanner.failure("A key is too long.") }
            let name = String(decoding: key, as: UTF8.self)
            _ = try scanner.peek()
            guard places.updateValue(scanner.index, forKey: name) == nil else {
                throw scanner.failure("The key \(name.debugDescription) appears twice.")
            }
            guard places.count <= 64 else { throw scanner.failure("There are too many keys.") }
            reader.scanner = scanner
            if try read(&reader, name) {
                scanner = reader.scanner
            } else {
                try scanner.skip(checksNames: false)
            }
        }
        return places
    }

    func unsupported(_ entry: String, _ reason: String) -> TokenizerError {
        .unsupported(file: file, entry: entry, reason: reason)
    }

    private mutating func isNull(_ place: Int) throws(TokenizerError) -> Bool {
        scanner.index = place
        return try scanner.peek() == UInt8(ascii: "n")
    }

    private mutating func tree(_ places: Places, _ key: String) throws(TokenizerError) -> JSONNode {
        guard let place = places[key] else { return .null }
        scanner.entry = key
        scanner.index = place
        try scanner.skip(checksNames: false)
        guard scanner.index - place <= Self.longestTree else {
            throw scanner.failure(
                "It is longer than \(Self.longestTree) bytes.", at: place)
        }
        scanner.index = place
        return try JSONNode(&scanner)
    }

    private mutating func flag(
        _ places: Places, _ key: String, in parent: String
    ) throws(TokenizerError) -> Bool {
        guard let place = places[key] else { return false }
        scanner.entry = "\(parent).\(key)"
        scanner.index = place
        return try scanner.takeNull() ? false : try scanner.boolean()
    }

    private mutating func checkModel(_ places: Places) throws(TokenizerError) {
        if let place = places["type"] {
            scanner.entry = "model.type"
            scanner.index = place
            let type = try scanner.string { _, text in TokenizerError.quoted(text) }
            guard type == "\"BPE\"" else {
                throw unsupported("model.type", "A \(type) model; only \"BPE\" is supported.")
            }
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let place = places[key], !(try isNull(place)) else { continue }
            scanner.entry = "model.\(key)"
            guard try scanner.string({ _, text in text.isEmpty }) else {
                throw unsupported("model.\(key)", "Byte-level models have none.")
            }
        }
        if let place = places["dropout"], !(try isNull(place)) {
            scanner.entry = "model.dropout"
            guard try scanner.number() == 0 else {
                throw unsupported("model.dropout", "Random encoding is not supported.")
            }
        }
        if try flag(places, "byte_fallback", in: "model") {
            throw unsupported(
                "model.byte_fallback", "This is a SentencePiece-like model, not a byte-level one.")
        }
    }

    private mutating func readMerges(
        at place: Int, into assembler: inout BytePairAssembler
    ) throws(TokenizerError) {
        scanner.index = place
        scanner.entry = "model.merges"
        let file = file
        let entry = { (rank: Int) in "model.merges[\(rank)]" }
        try scanner.array { scanner, position throws(TokenizerError) in
            let start = scanner.index
            if try scanner.peek() == UInt8(ascii: "\"") {
                try scanner.string { scanner, text throws(TokenizerError) in
                    guard let space = text.firstIndex(of: 0x20),
                        text.lastIndex(of: 0x20) == space
                    else {
                        throw TokenizerError.malformedFile(
                            file: file, entry: entry(position),
                            reason: "A merge must be two tokens with one space between them.",
                            byteOffset: start)
                    }
                    try assembler.addMerge(
                        UnsafeBufferPointer(rebasing: text[..<space]),
                        UnsafeBufferPointer(rebasing: text[(space + 1)...]),
                        in: file, entry: entry, at: start)
                }
                return
            }
            try scanner.expect("[")
            try scanner.string { scanner, left throws(TokenizerError) in
                try scanner.expect(",")
                try scanner.string { scanner, right throws(TokenizerError) in
                    try assembler.addMerge(left, right, in: file, entry: entry, at: start)
                }
            }
            try scanner.expect("]")
        }
    }

    private mutating func readAddedTokens(at place: Int) throws(TokenizerError) -> [AddedToken] {
        scanner.index = place
        scanner.entry = "added_tokens"
        var tokens: [AddedToken] = []
        try scanner.array { scanner, position throws(TokenizerError) in
            scanner.entry = "added_tokens[\(position)]"
            guard position < TokenizerLimits.addedTokens else {
                throw scanner.failure(
                    "There are more than \(TokenizerLimits.addedTokens) added tokens.")
            }
            _ = try scanner.peek()
            let start = scanner.index
            try scanner.skip(checksNames: false)
            guard scanner.index - start <= TokenizerLimits.tokenLength * 16 else {
                throw scanner.failure(
                    "It is longer than \(TokenizerLimits.tokenLength * 16) bytes.", at: start)
            }
            scanner.index = start
            let value = try JSONNode(&scanner)
            guard let content = value["content"]?.string, !content.isEmpty,
                content.utf8.count <= TokenizerLimits.tokenLength
            else {
                throw scanner.failure(
                    "\"content\" must be a string of 1 to \(TokenizerLimits.tokenLength) bytes.",
                    at: start)
            }
            guard let id = value["id"]?.count, id < TokenizerLimits.vocabularySize else {
                throw scanner.failure(
                    "\"id\" must be an integer in 0..<\(TokenizerLimits.vocabularySize).", at: start
                )
            }
            tokens.append(
                AddedToken(
                    content, id: Int32(id),
                    isSpecial: value["special"]?.boolean ?? false,
                    isSingleWord: value["single_word"]?.boolean ?? false,
                    stripsLeft: value["lstrip"]?.boolean ?? false,
                    stripsRight: value["rstrip"]?.boolean ?? false,
                    isNormalized: value["normalized"]?.boolean ?? true))
        }
        return tokens
    }
}
