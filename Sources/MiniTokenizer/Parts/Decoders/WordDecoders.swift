/// WordPiece's tokens: those with a prefix go on with a word, others begin one after a blank.
struct WordPieceDecoder: TokenDecoder {
    static let typeName = "WordPiece"

    /// What tokens inside a word begin with.
    var prefix: String
    /// Whether blanks before punctuation and English contractions are left out.
    var cleansUp: Bool

    /// A decoder with BERT's defaults.
    init(prefix: String = "##", cleansUp: Bool = true) {
        self.prefix = prefix
        self.cleansUp = cleansUp
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        prefix = try members.text("prefix", default: "##")
        cleansUp = try members.boolean("cleanup", default: true)
    }

    var members: [(name: String, value: PartValue)] {
        [("prefix", .text(prefix)), ("cleanup", .boolean(cleansUp))]
    }

    var reach: DecodingReach { .tokensBefore }

    /// Hugging Face's rules, in its order.
    private static let contractions: [(from: [UInt8], to: [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
        (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        pieces.enumerated().map { index, piece in
            var piece = piece
            if index > 0 {
                if piece.starts(with: prefix.utf8) {
                    piece.removeFirst(prefix.utf8.count)
                } else {
                    piece.insert(0x20, at: 0)
                }
            }
            if cleansUp {
                for (from, to) in Self.contractions { piece = piece.replacing(from, with: to) }
            }
            return piece
        }
    }
}

/// BPE's tokens with a mark at the ends of words, such as `</w>`, which reads as a blank.
struct WordEndDecoder: TokenDecoder {
    static let typeName = "BPEDecoder"

    /// What tokens at the end of a word end with.
    var suffix: String

    /// A decoder for a mark at the ends of words.
    init(suffix: String = "</w>") { self.suffix = suffix }

    init(_ members: PartMembers) throws(TokenizerError) {
        suffix = try members.text("suffix", default: "</w>")
    }

    var members: [(name: String, value: PartValue)] { [("suffix", .text(suffix))] }

    var reach: DecodingReach { .nextToken }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        let mark = Array(suffix.utf8)
        return pieces.enumerated().map { index, piece in
            piece.replacing(mark, with: index == pieces.count - 1 ? [] : [0x20])
        }
    }
}

/// SentencePiece's marks as blanks, but for those of the first token.
struct MetaspaceDecoder: TokenDecoder {
    static let typeName = "Metaspace"

    /// The mark, usually `▁`.
    var mark: Unicode.Scalar
    /// Where encoding puts a mark in front; the first token loses its marks unless nowhere.
    var prefix: MetaspacePrefix
    /// A member of the pre-tokenizer of the same name, which decoding does not look at.
    private let splits: Bool

    /// Marks as blanks.
    init(mark: Unicode.Scalar = "\u{2581}", prefix: MetaspacePrefix = .always) {
        self.mark = mark
        self.prefix = prefix
        splits = true
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        (mark, prefix) = try MetaspacePreTokenizer.markAndPrefix(members)
        splits = try members.boolean("split", default: true)
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("replacement", .text(String(mark))), ("prepend_scheme", .text(prefix.rawValue)),
            ("split", .boolean(splits)),
        ]
    }

    var reach: DecodingReach { .tokensBefore }

    func decode(_ pieces: [[UInt8]]) -> [[UInt8]] {
        let mark = Array(String(self.mark).utf8)
        return pieces.enumerated().map { index, piece in
            piece.replacing(mark, with: index == 0 && prefix != .never ? [] : [0x20])
        }
    }
}
