/// Reads Hugging Face's `tokenizer.json`.
///
/// The parts that decide about ids are read strictly, and what this library cannot do is an
/// error rather than another result. Ignored: `truncation` and `padding`.
struct HuggingFaceReader {
    var scanner: JSONReader<TokenizerError>
    let file: String
    /// Where the value of each key of an object begins.
    typealias Places = [String: Int]
    /// Trees take many times the memory of their text, so only small parts become one.
    private static let longestTree = 1 << 20

    init(_ bytes: UnsafePointer<UInt8>, count: Int, file: String) {
        scanner = JSONReader<TokenizerError>(bytes, count: count, file: file)
        self.file = file
    }

    /// Reads a byte-level BPE tokenizer.
    ///
    /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` if it is another kind, or has
    ///   parts that byte-level BPE has not.
    mutating func readBytePair() throws(TokenizerError) -> BytePairParts {
        let (top, model) = try outline()
        try checkModel(model)
        let (vocabularyPlace, mergesPlace) = (
            try place(of: "vocab", in: model), try place(of: "merges", in: model)
        )
        let addedTokens = try addedTokens(top)
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
        let postProcessor = try part(top, "post_processor", PartRegistry.standard, \.postProcessors)
        let splitter: Splitter
        do throws(TokenizerError) {
            splitter = try Splitter(rules)
        } catch {
            throw .malformedFile(
                file: file, entry: "pre_tokenizer", reason: error.description,
                byteOffset: top["pre_tokenizer"])
        }
        let parts = try assembler.parts(
            splitter: splitter, settings: settings, postProcessor: postProcessor
        ) {
            "model.merges[\($0)]"
        }
        try checkPostProcessor(postProcessor, count: parts.offsets.count - 1)
        return parts
    }

    // MARK: Document

    /// Where the members of the document and of its model begin.
    mutating func outline() throws(TokenizerError) -> (top: Places, model: Places) {
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
        return (top, model)
    }

    /// Where a member of the model begins that must be there.
    func place(of key: String, in model: Places) throws(TokenizerError) -> Int {
        guard let place = model[key] else {
            throw .malformedFile(
                file: file, entry: "model", reason: "The model has no \"\(key)\".",
                byteOffset: nil)
        }
        return place
    }

    mutating func addedTokens(_ top: Places) throws(TokenizerError) -> [AddedToken] {
        guard let place = top["added_tokens"], !(try isNull(place)) else { return [] }
        return try readAddedTokens(at: place)
    }

    /// A part of the document, if there is one.
    mutating func part<Value>(
        _ top: Places, _ key: String, _ registry: PartRegistry,
        _ kind: KeyPath<PartRegistry, PartRegistry.Kind<Value>>
    ) throws(TokenizerError) -> Value? {
        let node = try tree(top, key)
        guard !node.isNull else { return nil }
        return try registry[keyPath: kind].read(
            PartMembers(node, file: file, entry: key, registry: registry))
    }

    func checkPostProcessor(
        _ processor: (any PostProcessor)?, count: Int
    ) throws(TokenizerError) {
        for id in processor?.addedTokenIDs ?? [] where Int(id) >= count {
            throw .malformedFile(
                file: file, entry: "post_processor",
                reason: "It adds the token \(id), but there are only \(count).", byteOffset: nil)
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

    mutating func isNull(_ place: Int) throws(TokenizerError) -> Bool {
        scanner.index = place
        return try scanner.peek() == UInt8(ascii: "n")
    }

    mutating func tree(_ places: Places, _ key: String) throws(TokenizerError) -> JSONNode {
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

    mutating func flag(
        _ places: Places, _ key: String, in parent: String
    ) throws(TokenizerError) -> Bool {
        guard let place = places[key] else { return false }
        scanner.entry = "\(parent).\(key)"
        scanner.index = place
        return try scanner.takeNull() ? false : try scanner.boolean()
    }

    private mutating func checkModel(_ places: Places) throws(TokenizerError) {
        let type = try modelType(places)
        guard type == "BPE" else {
            throw unsupported("model.type", "A \(type.debugDescription) model is not byte-level.")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let place = places[key], !(try isNull(place)) else { continue }
            scanner.entry = "model.\(key)"
            guard try scanner.string({ _, text in text.isEmpty }) else {
                throw unsupported("model.\(key)", "Byte-level models have none.")
            }
        }
        try checkDropout(places)
    }

    /// Random encoding would give other tokens each time.
    mutating func checkDropout(_ model: Places) throws(TokenizerError) {
        guard let place = model["dropout"], !(try isNull(place)) else { return }
        scanner.entry = "model.dropout"
        guard try scanner.number() == 0 else {
            throw unsupported(
                "model.dropout",
                "It drops merges at random when it encodes; set it to null for encoding.")
        }
    }

    /// The kind of model; old files do not say it, and have the members of one kind.
    mutating func modelType(_ model: Places) throws(TokenizerError) -> String {
        guard let place = model["type"] else {
            if model["merges"] != nil { return "BPE" }
            if model["unk_id"] != nil { return "Unigram" }
            return model["max_input_chars_per_word"] == nil ? "WordLevel" : "WordPiece"
        }
        scanner.entry = "model.type"
        scanner.index = place
        return try scanner.string { _, text in String(decoding: text.prefix(200), as: UTF8.self) }
    }

    private mutating func readMerges(
        at place: Int, into assembler: inout BytePairAssembler
    ) throws(TokenizerError) {
        let file = file
        try forEachMerge(at: place) { (left, right, start) throws(TokenizerError) in
            try assembler.addMerge(
                left, right, in: file, entry: { "model.merges[\($0)]" }, at: start)
        }
    }

    /// Calls `body` with the names of each merge and where it stands.
    mutating func forEachMerge(
        at place: Int,
        _ body: (
            UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>, Int
        ) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        scanner.index = place
        scanner.entry = "model.merges"
        let file = file
        try scanner.array { scanner, position throws(TokenizerError) in
            let start = scanner.index
            if try scanner.peek() == UInt8(ascii: "\"") {
                try scanner.string { scanner, text throws(TokenizerError) in
                    guard let space = text.firstIndex(of: 0x20),
                        text.lastIndex(of: 0x20) == space
                    else {
                        throw TokenizerError.malformedFile(
                            file: file, entry: "model.merges[\(position)]",
                            reason: "A merge must be two tokens with one space between them.",
                            byteOffset: start)
                    }
                    try body(
                        UnsafeBufferPointer(rebasing: text[..<space]),
                        UnsafeBufferPointer(rebasing: text[(space + 1)...]), start)
                }
                return
            }
            try scanner.expect("[")
            try scanner.string { scanner, left throws(TokenizerError) in
                try scanner.expect(",")
                try scanner.string { scanner, right throws(TokenizerError) in
                    try body(left, right, start)
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
