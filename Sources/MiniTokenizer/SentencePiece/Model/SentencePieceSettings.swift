/// What a SentencePiece model says beside its pieces, in plain values: the part of its file format
/// that encoding and decoding need.
package struct SentencePieceSettings: Sendable {
    /// How pieces are chosen.
    package var algorithm: SentencePieceTokenizer.Algorithm
    /// What happens to a text before it is encoded.
    package var normalization: Normalization
    /// What happens to a text after it was decoded, if anything does.
    package var denormalization: Normalization?
    /// Space marks end a word and do not begin it.
    package var whitespaceIsSuffix = false
    /// Characters without a piece become the pieces of their bytes.
    package var usesByteFallback = false
    /// The names of the pieces that begin a text, end it, and fill up batches.
    package var beginPiece = "<s>"
    package var endPiece = "</s>"
    package var paddingPiece = "<pad>"
    /// What the unknown piece reads as: U+2047 between spaces, as in the reference.
    package var unknownSurface = " \u{2047} "
    /// Where the model comes from; it decides what a file of it says about its training.
    package var origin: Origin

    package init(
        algorithm: SentencePieceTokenizer.Algorithm, normalization: Normalization, origin: Origin
    ) {
        self.algorithm = algorithm
        self.normalization = normalization
        self.origin = origin
    }

    /// What happens to the characters and spaces of a text.
    package struct Normalization: Hashable, Sendable {
        /// The name of the replacements, such as `nmt_nfkc`.
        package var name = "identity"
        /// The replacements of characters as the reference compiles them; empty for none.
        package var characterMap: [UInt8] = []
        /// Put a space in front.
        package var addsDummyPrefix = true
        /// Leave out leading, trailing and repeated spaces.
        package var removesExtraWhitespace = true
        /// Write spaces as `▁`.
        package var escapesWhitespace = true

        package init() {}
    }

    /// Where a model comes from.
    package enum Origin: Sendable {
        /// A training here, with its options.
        case training(SentencePieceTrainer)
        /// A `.model` file, with its messages about training, normalisation and denormalisation as
        /// they were, but for the character maps. They are opaque here, so that a file that is
        /// written again keeps what this library does not know.
        case file(trainer: [UInt8], normalizer: [UInt8], denormalizer: [UInt8]?)
        /// A file of another format, which holds pieces and scores.
        case conversion
    }
}
