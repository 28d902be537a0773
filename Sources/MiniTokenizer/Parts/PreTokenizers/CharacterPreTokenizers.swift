/// Words and runs of signs, without the white space between them: `\w+|[^\w\s]+`.
struct WhitespacePreTokenizer: PreTokenizer {
    static let typeName = "Whitespace"

    /// The pre-tokenizer, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        enum Run { case word, sign }
        var result: [Range<Int>] = []
        var current: (kind: Run, range: Range<Int>)?
        piece.forEachScalar { scalar, range in
            let kind: Run? =
                scalar.isWord ? .word : scalar.properties.isWhitespace ? nil : .sign
            if let run = current, run.kind == kind {
                current = (run.kind, run.range.lowerBound..<range.upperBound)
                return
            }
            if let run = current { result.append(run.range) }
            current = kind.map { ($0, range) }
        }
        if let run = current { result.append(run.range) }
        return result.map { piece.slice($0) }
    }
}

/// What stands between white space.
struct WhitespaceSplitPreTokenizer: PreTokenizer {
    static let typeName = "WhitespaceSplit"

    /// The pre-tokenizer, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        piece.split(.removed) { $0.properties.isWhitespace }
    }
}

/// What stands between a character.
struct DelimiterPreTokenizer: PreTokenizer {
    static let typeName = "CharDelimiterSplit"

    /// The character that separates pieces, and is left out.
    var delimiter: Unicode.Scalar

    /// Cuts at a character.
    init(_ delimiter: Unicode.Scalar) { self.delimiter = delimiter }

    init(_ members: PartMembers) throws(TokenizerError) {
        delimiter = try members.character("delimiter")
    }

    var members: [(name: String, value: PartValue)] {
        [("delimiter", .text(String(delimiter)))]
    }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        piece.split(.removed) { $0 == delimiter }
    }
}

/// Cuts at punctuation.
struct PunctuationPreTokenizer: PreTokenizer {
    static let typeName = "Punctuation"

    /// What becomes of each punctuation character.
    var behavior: SplitBehavior

    /// Cuts at punctuation.
    init(_ behavior: SplitBehavior = .isolated) { self.behavior = behavior }

    init(_ members: PartMembers) throws(TokenizerError) {
        behavior = try members.word("behavior", default: .isolated)
    }

    var members: [(name: String, value: PartValue)] {
        [("behavior", .text(behavior.rawValue))]
    }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        piece.split(behavior) { $0.isPunctuationOrSign }
    }
}

/// Cuts numbers from everything else.
struct DigitsPreTokenizer: PreTokenizer {
    static let typeName = "Digits"

    /// Whether every digit is a piece, or runs of them are.
    var individually: Bool

    /// Cuts numbers out, whole or digit by digit.
    init(individually: Bool = false) { self.individually = individually }

    init(_ members: PartMembers) throws(TokenizerError) {
        individually = try members.boolean("individual_digits", default: false)
    }

    var members: [(name: String, value: PartValue)] {
        [("individual_digits", .boolean(individually))]
    }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        piece.split(individually ? .isolated : .contiguous) { $0.isNumeric }
    }
}

/// BERT's pieces: what stands between white space, with each punctuation character on its own.
struct BertPreTokenizer: PreTokenizer {
    static let typeName = "BertPreTokenizer"

    /// The pre-tokenizer, which has no options.
    init() {}

    init(_ members: PartMembers) throws(TokenizerError) {}

    var members: [(name: String, value: PartValue)] { [] }

    func split(_ piece: NormalizedText) -> [NormalizedText] {
        piece.split(.removed) { $0.properties.isWhitespace }.flatMap {
            $0.split(.isolated) { $0.isPunctuationOrSign }
        }
    }
}
