import MiniTokenizer
import SwiftProtobuf

/// Everything a SentencePiece tokenizer knows, immutable and shared by its copies.
final class SentencePieceModel: Sendable {
    let algorithm: SentencePieceTokenizer.Algorithm
    let vocabulary: PieceVocabulary
    let trainer: Sentencepiece_TrainerSpec
    let normalizerSpec: Sentencepiece_NormalizerSpec
    let denormalizerSpec: Sentencepiece_NormalizerSpec?
    let normalizer: TextNormalizer
    let denormalizer: TextNormalizer?
    /// All pieces that text can become; unigram models only.
    let trie: PieceTrie?
    /// The lowest score of a normal piece.
    let lowestScore: Float
    let unknown, begin, end, padding: Int32?
    /// What the unknown piece reads as.
    let unknownSurface: [UInt8]

    init(
        vocabulary: PieceVocabulary, trainer: Sentencepiece_TrainerSpec,
        normalizer: Sentencepiece_NormalizerSpec, denormalizer: Sentencepiece_NormalizerSpec?,
        file: String
    ) throws(TokenizerError) {
        switch trainer.modelType {
        case .unigram: algorithm = .unigram
        case .bpe: algorithm = .bytePair
        case .word, .char:
            throw .unsupported(
                file: file, entry: "trainer_spec.model_type",
                reason: "Only unigram and BPE models are supported.")
        }
        self.vocabulary = vocabulary
        self.trainer = trainer
        self.normalizerSpec = normalizer
        self.denormalizerSpec = denormalizer
        self.normalizer = try TextNormalizer(
            normalizer, userDefined: vocabulary.userDefined,
            whitespaceIsSuffix: trainer.treatWhitespaceAsSuffix, file: file,
            entry: "normalizer_spec")
        if let denormalizer, !denormalizer.precompiledCharsmap.isEmpty {
            self.denormalizer = try TextNormalizer(
                denormalizer, userDefined: nil, whitespaceIsSuffix: false, file: file,
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
            algorithm == .unigram
            ? PieceTrie(vocabulary.table.arena) {
                Self.isText(vocabulary.kinds[Int($0)])
                    && vocabulary.table.piece($0).first != 0
            } : nil
        func marker(_ name: String, _ usual: String, _ kind: PieceKind) -> Int32? {
            vocabulary.id(of: (name.isEmpty ? usual : name).utf8)
                .flatMap { vocabulary.kinds[Int($0)] == kind ? $0 : nil }
        }
        unknown = vocabulary.unknown < 0 ? nil : vocabulary.unknown
        begin = marker(trainer.bosPiece, "<s>", .control)
        end = marker(trainer.eosPiece, "</s>", .control)
        padding = marker(trainer.padPiece, "<pad>", .control)
        unknownSurface = Array(trainer.unkSurface.utf8)
    }

    private static func isText(_ kind: PieceKind) -> Bool {
        kind == .normal || kind == .userDefined || kind == .unused
    }
}
