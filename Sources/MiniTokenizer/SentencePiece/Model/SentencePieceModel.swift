/// Everything a SentencePiece tokenizer knows, immutable and shared by its copies.
final class SentencePieceModel: Sendable {
    let vocabulary: PieceVocabulary
    let settings: SentencePieceSettings
    let normalizer: SentencePieceNormalizer
    let denormalizer: SentencePieceNormalizer?
    /// All pieces that text can become; unigram models only.
    let trie: PieceTrie?
    /// The lowest score of a normal piece.
    let lowestScore: Float
    let unknown, begin, end, padding: Int32?
    /// What the unknown piece reads as.
    let unknownSurface: [UInt8]

    init(
        vocabulary: PieceVocabulary, settings: SentencePieceSettings, file: String
    ) throws(TokenizerError) {
        self.vocabulary = vocabulary
        self.settings = settings
        self.normalizer = try SentencePieceNormalizer(
            settings.normalization, userDefined: vocabulary.userDefined,
            whitespaceIsSuffix: settings.whitespaceIsSuffix, file: file,
            entry: "normalizer_spec")
        if let denormalization = settings.denormalization, !denormalization.characterMap.isEmpty {
            self.denormalizer = try SentencePieceNormalizer(
                denormalization, userDefined: nil, whitespaceIsSuffix: false, file: file,
                entry: "denormalizer_spec")
        } else {
            self.denormalizer = nil
        }
        var lowest = Float.greatestFiniteMagnitude
        for (id, score) in vocabulary.scores.enumerated() where vocabulary.kinds[id] == .normal {
            lowest = min(lowest, score)
        }
        lowestScore = lowest
        trie =
            settings.algorithm == .unigram
            ? PieceTrie(vocabulary.table.arena) {
                Self.isText(vocabulary.kinds[Int($0)])
                    && vocabulary.table.piece($0).first != 0
            } : nil
        func marker(_ name: String, _ usual: String, _ kind: PieceKind) -> Int32? {
            vocabulary.id(of: (name.isEmpty ? usual : name).utf8)
                .flatMap { vocabulary.kinds[Int($0)] == kind ? $0 : nil }
        }
        unknown = vocabulary.unknown < 0 ? nil : vocabulary.unknown
        begin = marker(settings.beginPiece, "<s>", .control)
        end = marker(settings.endPiece, "</s>", .control)
        padding = marker(settings.paddingPiece, "<pad>", .control)
        unknownSurface = Array(settings.unknownSurface.utf8)
    }

    private static func isText(_ kind: PieceKind) -> Bool {
        kind == .normal || kind == .userDefined || kind == .unused
    }
}
