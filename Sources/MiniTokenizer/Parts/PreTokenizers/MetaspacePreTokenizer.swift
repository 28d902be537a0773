/// Where a mark for a blank is put in front of a text.
enum MetaspacePrefix: String, CaseIterable, Hashable, Sendable {
    /// In front of every stretch between added tokens.
    case always
    /// In front of the text, if it does not begin with an added token.
    case first
    /// Nowhere.
    case never
}

/// SentencePiece's pieces: a blank is a mark that begins a word.
struct MetaspacePreTokenizer: PreTokenizer {
    static let typeName = "Metaspace"

    /// The mark, usually `▁`.
    var mark: Unicode.Scalar
    /// Where a mark is put in front.
    var prefix: MetaspacePrefix
    /// Whether the text is cut before each mark.
    var splits: Bool

    /// Blanks as marks.
    init(
        mark: Unicode.Scalar = "\u{2581}", prefix: MetaspacePrefix = .always, splits: Bool = true
    ) {
        self.mark = mark
        self.prefix = prefix
        self.splits = splits
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        (mark, prefix) = try Self.markAndPrefix(members)
        splits = try members.boolean("split", default: true)
    }

    /// The members that the decoder has too. Old files say `add_prefix_space`.
    static func markAndPrefix(
        _ members: PartMembers
    ) throws(TokenizerError) -> (Unicode.Scalar, MetaspacePrefix) {
        let mark = try members.character("replacement")
        var prefix: MetaspacePrefix = try members.word("prepend_scheme", default: .always)
        if members.has("add_prefix_space"), try !members.boolean("add_prefix_space") {
            guard !members.has("prepend_scheme") || prefix == .never else {
                throw members.failure("add_prefix_space", expected: "what prepend_scheme says")
            }
            prefix = .never
        }
        return (mark, prefix)
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("replacement", .text(String(mark))), ("prepend_scheme", .text(prefix.rawValue)),
            ("split", .boolean(splits)),
        ]
    }

    func split(_ piece: NormalizedText) throws(TokenizerError) -> [NormalizedText] {
        var piece = piece
        let text = String(mark)
        try piece.replace(TextPattern(text: " "), with: text)
        let begins = piece.bytes.starts(with: text.utf8)
        switch prefix {
        case .always where !begins: piece.prepend(text)
        case .first where !begins && piece.originalRange.lowerBound == 0: piece.prepend(text)
        default: break
        }
        return splits ? piece.split(.mergedWithNext) { $0 == mark } : [piece]
    }
}

/// Pre-tokenizers one after the other, each of which cuts the pieces of the one before.
struct PreTokenizerSequence: PreTokenizer {
    static let typeName = "Sequence"

    /// The pre-tokenizers, in the order in which they are applied.
    var parts: [any PreTokenizer]

    /// Applies pre-tokenizers one after the other.
    init(_ parts: [any PreTokenizer]) { self.parts = parts }

    init(_ members: PartMembers) throws(TokenizerError) {
        parts = try members.parts("pretokenizers", \.preTokenizers)
    }

    var members: [(name: String, value: PartValue)] { [("pretokenizers", .parts(parts))] }

    func split(_ piece: NormalizedText) throws(TokenizerError) -> [NormalizedText] {
        var pieces = [piece]
        for part in parts {
            var parted: [NormalizedText] = []
            for piece in pieces { parted += try part.split(piece) }
            pieces = parted
        }
        return pieces
    }
}
