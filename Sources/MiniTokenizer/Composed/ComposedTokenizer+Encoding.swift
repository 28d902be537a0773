extension ComposedTokenizer {
    /// The tokens of a text in which special tokens are ordinary text.
    ///
    /// - Throws: ``TokenizerError/unknownCharacter(_:offset:)`` if the vocabulary cannot express the
    ///   text and has no token for that.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        try encode(text, specialTokens: .asText)
    }

    /// The tokens of a text.
    ///
    /// - Parameter policy: whether the name of a special token, where it stands in the text, becomes
    ///   that token.
    /// - Throws: as ``encode(_:)`` does.
    public func encode(
        _ text: String, specialTokens policy: SpecialTokenPolicy
    ) throws(TokenizerError) -> [Int32] {
        try encode(text, specialTokens: policy, addsSpecialTokens: false)
    }

    /// The tokens of a text between those that the post-processor adds, such as `[CLS]`.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func encode(
        _ text: String, specialTokens policy: SpecialTokenPolicy, addsSpecialTokens: Bool
    ) throws(TokenizerError) -> [Int32] {
        var tokens: [ProcessedToken] = []
        try forEachToken(of: text, policy) { id, _ in tokens.append(.init(id: id, name: "")) }
        if addsSpecialTokens {
            parts.postProcessor?.process(&tokens, addsSpecialTokens: true)
        }
        return tokens.map(\.id)
    }

    /// The tokens of a text, each with the UTF-8 bytes of the text as it was given that it stands
    /// for.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func spans(of text: String) throws(TokenizerError) -> [TokenSpan] {
        try spans(of: text, specialTokens: .asText, addsSpecialTokens: false)
    }

    /// The tokens of a text with their bytes; tokens that the post-processor adds have none.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func spans(
        of text: String, specialTokens policy: SpecialTokenPolicy, addsSpecialTokens: Bool
    ) throws(TokenizerError) -> [TokenSpan] {
        var tokens: [ProcessedToken] = []
        let places = CharacterPlaces(text)
        try forEachToken(of: text, policy) { id, source in
            switch source {
            case .added(let text):
                // The name is what was matched, white space around the token included.
                let range = places.characters(ofBytes: text.originalRange)
                tokens.append(.init(id: id, name: text.string, range: range))
            case .piece(let piece, let range):
                let name = self.name(of: id, piece, range)
                let range = places.characters(ofBytes: Self.place(of: range, in: piece))
                tokens.append(.init(id: id, name: name, range: range))
            }
        }
        parts.postProcessor?.process(&tokens, addsSpecialTokens: addsSpecialTokens)
        return tokens.map {
            TokenSpan(token: $0.id, byteRange: places.bytes(ofCharacters: $0.range))
        }
    }

    private func name(of id: Int32, _ piece: NormalizedText, _ range: Range<Int>) -> String {
        guard parts.model.unknownKeepsText, id == parts.model.unknownToken else {
            return name(of: id) ?? ""
        }
        return String(decoding: piece.bytes[range], as: UTF8.self)
    }

    /// Where a token comes from.
    private enum Source {
        /// An added token, and the text that became it.
        case added(NormalizedText)
        /// A piece of text, and the bytes of it that became the token.
        case piece(NormalizedText, Range<Int>)
    }

    /// Calls `body` with each token and where it comes from.
    ///
    /// Added tokens go first: those that are looked for in the text as given, then those that are
    /// looked for in normalised text.
    private func forEachToken(
        of text: String, _ policy: SpecialTokenPolicy, _ body: (Int32, Source) -> Void
    ) throws(TokenizerError) {
        let whole = NormalizedText(text)
        var words = PieceTokens(model: parts.model)
        for segment in Self.segments(of: whole, parts.rawMatcher, policy) {
            if let token = segment.token {
                body(token.id, .added(segment.text))
                continue
            }
            var normalized = segment.text
            try parts.normalizer?.normalize(&normalized)
            for segment in Self.segments(of: normalized, parts.normalizedMatcher, policy) {
                if let token = segment.token {
                    body(token.id, .added(segment.text))
                    continue
                }
                for piece in try parts.preTokenizer?.split(segment.text) ?? [segment.text]
                where !piece.isEmpty {
                    for token in try words.tokens(of: piece.bytes) {
                        body(token.id, .piece(piece, token.range))
                    }
                }
            }
        }
    }

    private static func place(of range: Range<Int>, in piece: NormalizedText) -> Range<Int> {
        // With byte fallback in the middle of a word there can be more tokens than bytes; Hugging
        // Face's library leaves their places as they are.
        range.upperBound <= piece.bytes.count ? piece.originalRange(of: range) : range
    }

    private static func segments(
        of text: NormalizedText, _ matcher: AddedTokenMatcher, _ policy: SpecialTokenPolicy
    ) -> [(text: NormalizedText, token: AddedToken?)] {
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            return matcher.segments(of: base, 0..<buffer.count, policy: policy).map {
                (text.slice($0.range), $0.token)
            }
        }
    }
}

/// The tokens of pieces, remembered, since most pieces of a text come many times.
private struct PieceTokens {
    let model: any TokenModel
    private var known: [[UInt8]: [ModelToken]] = [:]

    init(model: any TokenModel) { self.model = model }

    mutating func tokens(of piece: [UInt8]) throws(TokenizerError) -> [ModelToken] {
        guard piece.count <= 64 else { return try model.encode(piece) }
        if let tokens = known[piece] { return tokens }
        let tokens = try model.encode(piece)
        if known.count > 1 << 16 { known.removeAll(keepingCapacity: true) }
        known[piece] = tokens
        return tokens
    }
}

/// Places of a text in characters (Unicode scalars) and in bytes.
private struct CharacterPlaces {
    /// The character of each byte.
    private var characterOfByte: [Int32] = []
    /// Where each character begins, and the end of the text.
    private var starts: [Int32] = []

    init(_ text: String) {
        characterOfByte.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            starts.append(Int32(characterOfByte.count))
            for _ in 0..<UTF8.width(scalar) { characterOfByte.append(Int32(starts.count - 1)) }
        }
        starts.append(Int32(characterOfByte.count))
    }

    /// The characters of a range of bytes, which ends where a character begins.
    func characters(ofBytes range: Range<Int>) -> Range<Int> {
        func character(_ place: Int) -> Int {
            place < characterOfByte.count ? Int(characterOfByte[place]) : starts.count - 1
        }
        let start = character(range.lowerBound)
        return start..<max(start, character(range.upperBound))
    }

    /// The bytes of a range of characters.
    func bytes(ofCharacters range: Range<Int>) -> Range<Int> {
        func byte(_ place: Int) -> Int { Int(starts[min(place, starts.count - 1)]) }
        return byte(range.lowerBound)..<byte(range.upperBound)
    }
}
