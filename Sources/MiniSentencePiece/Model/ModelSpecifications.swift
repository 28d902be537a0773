import Foundation
import MiniTokenizer
import SwiftProtobuf

/// The messages of a `.model` file beside its pieces, and the way from them to plain values and
/// back.
struct ModelSpecifications {
    var trainer: Sentencepiece_TrainerSpec
    var normalizer: Sentencepiece_NormalizerSpec
    var denormalizer: Sentencepiece_NormalizerSpec?

    /// What the messages say, for the tokenizer.
    func settings() -> SentencePieceSettings {
        let algorithm: SentencePieceTokenizer.Algorithm
        switch trainer.modelType {
        case .unigram: algorithm = .unigram
        case .bpe: algorithm = .bytePair
        case .word: algorithm = .word
        case .char: algorithm = .character
        }
        var settings = SentencePieceSettings(
            algorithm: algorithm, normalization: .init(normalizer),
            origin: .file(
                trainer: trainer.bytesOfMessage,
                normalizer: normalizer.withoutCharacterMap.bytesOfMessage,
                denormalizer: denormalizer?.withoutCharacterMap.bytesOfMessage))
        settings.denormalization = denormalizer.map { .init($0) }
        settings.whitespaceIsSuffix = trainer.treatWhitespaceAsSuffix
        settings.usesByteFallback = trainer.byteFallback
        settings.beginPiece = trainer.bosPiece
        settings.endPiece = trainer.eosPiece
        settings.paddingPiece = trainer.padPiece
        settings.unknownSurface = trainer.unkSurface
        return settings
    }

    /// The messages of a tokenizer: those of the file that it was read from, or new ones.
    init(of tokenizer: SentencePieceTokenizer) {
        let settings = tokenizer.settings
        switch settings.origin {
        case .file(let trainer, let normalizer, let denormalizer):
            self.trainer = .ofMessage(trainer)
            self.normalizer = .ofMessage(normalizer)
            self.denormalizer = denormalizer.map { .ofMessage($0) }
            if self.normalizer.hasPrecompiledCharsmap {
                self.normalizer.precompiledCharsmap = Data(settings.normalization.characterMap)
            }
            if self.denormalizer?.hasPrecompiledCharsmap == true {
                self.denormalizer?.precompiledCharsmap = Data(
                    settings.denormalization?.characterMap ?? [])
            }
        case .training(let options):
            trainer = .init(options, settings, size: tokenizer.vocabularySize)
            normalizer = .init(settings.normalization)
        case .conversion:
            trainer = .init(settings, size: tokenizer.vocabularySize)
            normalizer = .init(settings.normalization)
        }
    }

    init(
        trainer: Sentencepiece_TrainerSpec, normalizer: Sentencepiece_NormalizerSpec,
        denormalizer: Sentencepiece_NormalizerSpec?
    ) {
        self.trainer = trainer
        self.normalizer = normalizer
        self.denormalizer = denormalizer
    }
}

extension SentencePieceSettings.Normalization {
    fileprivate init(_ message: Sentencepiece_NormalizerSpec) {
        self.init()
        name = message.name
        characterMap = [UInt8](message.precompiledCharsmap)
        addsDummyPrefix = message.addDummyPrefix
        removesExtraWhitespace = message.removeExtraWhitespaces
        escapesWhitespace = message.escapeWhitespaces
    }
}

extension Sentencepiece_NormalizerSpec {
    fileprivate init(_ settings: SentencePieceSettings.Normalization) {
        self.init()
        name = settings.name
        precompiledCharsmap = Data(settings.characterMap)
        addDummyPrefix = settings.addsDummyPrefix
        removeExtraWhitespaces = settings.removesExtraWhitespace
        escapeWhitespaces = settings.escapesWhitespace
    }

    /// The message with an empty character map where it has one.
    fileprivate var withoutCharacterMap: Self {
        var copy = self
        if hasPrecompiledCharsmap { copy.precompiledCharsmap = Data() }
        return copy
    }
}

extension Sentencepiece_TrainerSpec {
    /// What a loader must know of a model that was not trained here.
    fileprivate init(_ settings: SentencePieceSettings, size: Int) {
        self.init()
        switch settings.algorithm {
        case .unigram: modelType = .unigram
        case .bytePair: modelType = .bpe
        case .character: modelType = .char
        case .word: modelType = .word
        }
        vocabSize = Int32(size)
        treatWhitespaceAsSuffix = settings.whitespaceIsSuffix
        byteFallback = settings.usesByteFallback
        bosPiece = settings.beginPiece
        eosPiece = settings.endPiece
        padPiece = settings.paddingPiece
        unkSurface = settings.unknownSurface
    }

    /// The options of a training here.
    fileprivate init(_ options: SentencePieceTrainer, _ settings: SentencePieceSettings, size: Int)
    {
        self.init()
        modelType = .bpe
        vocabSize = Int32(size)
        characterCoverage = options.characterCoverage
        maxSentenceLength = Int32(options.longestLine)
        maxSentencepieceLength = Int32(options.longestPiece)
        splitByUnicodeScript = options.splitsByUnicodeScript
        splitByNumber = options.splitsByNumber
        splitByWhitespace = options.splitsByWhitespace
        treatWhitespaceAsSuffix = options.treatsWhitespaceAsSuffix
        allowWhitespaceOnlyPieces = options.allowsWhitespaceOnlyPieces
        splitDigits = options.splitsDigits
        controlSymbols = options.controlSymbols
        userDefinedSymbols = options.userDefinedSymbols
        byteFallback = options.usesByteFallback
        hardVocabLimit = !options.allowsSmallerVocabulary
        unkID = Int32(options.unknownID)
        bosID = Int32(options.beginID ?? -1)
        eosID = Int32(options.endID ?? -1)
        padID = Int32(options.paddingID ?? -1)
    }
}

extension SwiftProtobuf.Message {
    /// The message in its binary form.
    var bytesOfMessage: [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            preconditionFailure("A message without required fields can be serialised: \(error)")
        }
    }

    /// The message that ``bytesOfMessage`` gave.
    fileprivate static func ofMessage(_ bytes: [UInt8]) -> Self {
        do {
            return try Self(serializedBytes: bytes)
        } catch {
            preconditionFailure("A message that was serialised here can be read: \(error)")
        }
    }
}
