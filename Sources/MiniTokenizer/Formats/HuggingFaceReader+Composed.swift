// Tokenizers of any kind that `tokenizer.json` can hold, part by part.
extension HuggingFaceReader {
    /// Reads the parts of a tokenizer.
    ///
    /// - Throws: ``TokenizerError`` that names the part that is not understood.
    mutating func readComposed(
        _ registry: PartRegistry
    ) throws(TokenizerError) -> ComposedTokenizer {
        let (top, places) = try outline()
        let addedTokens = try addedTokens(top)
        let normalizer = try part(top, "normalizer", registry, \.normalizers)
        let preTokenizer = try part(top, "pre_tokenizer", registry, \.preTokenizers)
        let postProcessor = try part(top, "post_processor", registry, \.postProcessors)
        let decoder = try part(top, "decoder", registry, \.decoders)
        let model = try readModel(places, others: addedTokens.count)
        try check(addedTokens, model.vocabulary)
        var warnings: [String] = []
        if preTokenizer.map(Self.isByteLevel) ?? false, model.unknownToken == nil {
            let missing = Self.missingBytes(model.vocabulary)
            if missing > 0 {
                warnings.append(
                    "The vocabulary of \(file) has no token for \(missing) of the bytes that texts "
                        + "can have: they are lost. Train with all 256 bytes in the alphabet.")
            }
        }
        let parts = ComposedParts(
            normalizer: normalizer, preTokenizer: preTokenizer, model: model,
            postProcessor: postProcessor, decoder: decoder, addedTokens: addedTokens,
            warnings: warnings)
        try checkPostProcessor(postProcessor, count: parts.vocabularySize)
        return ComposedTokenizer(parts: parts)
    }

    private static func isByteLevel(_ part: any PreTokenizer) -> Bool {
        if let sequence = part as? PreTokenizerSequence {
            return sequence.parts.contains(where: isByteLevel)
        }
        return part is ByteLevelPreTokenizer
    }

    private static func missingBytes(_ vocabulary: TokenVocabulary) -> Int {
        (UInt8.min...UInt8.max).count {
            !BytePairAssembler.isNeverInUTF8($0)
                && vocabulary.id(of: Array(ByteAlphabet.visible([$0]).utf8)) == nil
        }
    }

    private func check(
        _ tokens: [AddedToken], _ vocabulary: TokenVocabulary
    ) throws(TokenizerError) {
        var ids = Set<Int32>()
        var contents = Set<[UInt8]>()
        for token in tokens {
            let content = Array(token.content.utf8)
            func failure(_ reason: String) -> TokenizerError {
                .malformedFile(
                    file: file, entry: "added token \(token.content.debugDescription)",
                    reason: reason, byteOffset: nil)
            }
            guard contents.insert(content).inserted else { throw failure("It appears twice.") }
            guard ids.insert(token.id).inserted else {
                throw failure("Its id \(token.id) belongs to another added token.")
            }
            if let id = vocabulary.id(of: content), id != token.id {
                throw failure("Its id is \(token.id), but \(id) in the vocabulary.")
            }
            if let name = vocabulary.name(of: token.id), name != content {
                throw failure("Its id \(token.id) belongs to \(TokenizerError.quoted(name)).")
            }
            // Ids without a token are allowed as in the vocabulary, up to a bound.
            guard Int(token.id) < vocabulary.count + tokens.count else {
                throw failure("Its id is \(token.id): an id is missing.")
            }
        }
    }

    // MARK: Models

    private mutating func readModel(
        _ places: Places, others: Int
    ) throws(TokenizerError) -> any TokenModel {
        switch try modelType(places) {
        case "BPE": return try readMergeModel(places, others)
        case "WordPiece":
            return WordPieceModel(
                vocabulary: try vocabulary(places, others),
                unknownName: try text(places, "unk_token") ?? "[UNK]",
                prefix: try text(places, "continuing_subword_prefix") ?? "##",
                longestWord: try count(places, "max_input_chars_per_word") ?? 100)
        case "WordLevel":
            return WordLevelModel(
                vocabulary: try vocabulary(places, others),
                unknownName: try text(places, "unk_token") ?? "<unk>")
        case "Unigram": return try readUnigram(places)
        case let type:
            throw unsupported(
                "model.type",
                "The model \(type.debugDescription) is not supported; BPE, Unigram, WordLevel, "
                    + "WordPiece are.")
        }
    }

    private mutating func vocabulary(
        _ places: Places, _ others: Int
    ) throws(TokenizerError) -> TokenVocabulary {
        scanner.index = try place(of: "vocab", in: places)
        return TokenVocabulary(try NameTable(&scanner, entry: "model.vocab", others: others))
    }

    private mutating func text(
        _ places: Places, _ key: String
    ) throws(TokenizerError) -> String? {
        guard let place = places[key], !(try isNull(place)) else { return nil }
        scanner.entry = "model.\(key)"
        scanner.index = place
        return try scanner.string()
    }

    private mutating func count(_ places: Places, _ key: String) throws(TokenizerError) -> Int? {
        guard let place = places[key], !(try isNull(place)) else { return nil }
        scanner.entry = "model.\(key)"
        scanner.index = place
        return try scanner.wholeNumber()
    }

    private mutating func readMergeModel(
        _ places: Places, _ others: Int
    ) throws(TokenizerError) -> MergeModel {
        try checkDropout(places)
        let vocabulary = try vocabulary(places, others)
        var options = MergeModel.Options()
        options.unknownName = try text(places, "unk_token")
        options.prefix = try text(places, "continuing_subword_prefix")
        options.suffix = try text(places, "end_of_word_suffix")
        options.fusesUnknown = try flag(places, "fuse_unk", in: "model")
        options.usesByteFallback = try flag(places, "byte_fallback", in: "model")
        options.prefersWholePieces = try flag(places, "ignore_merges", in: "model")
        if let name = options.unknownName, vocabulary.id(of: Array(name.utf8)) == nil {
            throw .malformedFile(
                file: file, entry: "model.unk_token",
                reason: "\(name.debugDescription) is not in the vocabulary.", byteOffset: nil)
        }
        let prefix = options.prefix?.utf8.count ?? 0
        var merges: [BytePairMerge] = []
        let file = file
        try forEachMerge(at: try place(of: "merges", in: places)) {
            (left, right, start) throws(TokenizerError) in
            func id(_ name: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> Int32 {
                guard let id = vocabulary.id(of: name) else {
                    throw .malformedFile(
                        file: file, entry: "model.merges[\(merges.count)]",
                        reason: "The merge names \(TokenizerError.quoted(name)), which is not in "
                            + "the vocabulary.", byteOffset: start)
                }
                return id
            }
            guard merges.count < TokenizerLimits.merges else {
                throw .malformedFile(
                    file: file, entry: "model.merges[\(merges.count)]",
                    reason: "There are more than \(TokenizerLimits.merges) merges.",
                    byteOffset: start)
            }
            // What goes on with a word loses its prefix where it joins.
            let joined = Array(left) + right.dropFirst(min(prefix, right.count))
            let (leftID, rightID) = (try id(left), try id(right))
            guard let made = vocabulary.id(of: joined) else {
                throw TokenizerError.malformedFile(
                    file: file, entry: "model.merges[\(merges.count)]",
                    reason: "The merge makes \(TokenizerError.quoted(joined)), which is not in the "
                        + "vocabulary.", byteOffset: start)
            }
            merges.append(BytePairMerge(left: leftID, right: rightID, made: made))
        }
        return MergeModel(vocabulary: vocabulary, merges: merges, options: options)
    }

    private mutating func readUnigram(_ places: Places) throws(TokenizerError) -> UnigramModel {
        scanner.index = try place(of: "vocab", in: places)
        scanner.entry = "model.vocab"
        var names: [[UInt8]] = []
        var scores: [Double] = []
        var spelled: [String] = []
        try scanner.array { scanner, position throws(TokenizerError) in
            guard position < TokenizerLimits.vocabularySize else {
                throw scanner.failure(
                    "There are more than \(TokenizerLimits.vocabularySize) tokens.")
            }
            let start = scanner.index
            try scanner.expect("[")
            let name = try scanner.string { _, text in Array(text) }
            try scanner.expect(",")
            let score = try scanner.spelledNumber()
            try scanner.expect("]")
            guard !name.isEmpty, name.count <= TokenizerLimits.tokenLength else {
                throw scanner.failure(
                    "A token must have 1 to \(TokenizerLimits.tokenLength) bytes.", at: start)
            }
            guard let value = Double(score), value.isFinite else {
                throw scanner.failure("The score \(score) is not a number.", at: start)
            }
            names.append(name)
            scores.append(value)
            spelled.append(score)
        }
        let unknown = try count(places, "unk_id")
        if let unknown, unknown >= names.count {
            throw .malformedFile(
                file: file, entry: "model.unk_id",
                reason: "\(unknown) is not in 0..<\(names.count).", byteOffset: nil)
        }
        return UnigramModel(
            names: names, scores: scores, spelledScores: spelled,
            unknownToken: unknown.map { Int32($0) },
            usesByteFallback: try flag(places, "byte_fallback", in: "model"))
    }
}
