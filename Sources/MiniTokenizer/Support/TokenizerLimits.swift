/// Sizes that no tokenizer file and no training exceeds. Real tokenizers stay far below; the
/// limits bound the memory that a hostile file can ask for.
package enum TokenizerLimits {
    /// The most bytes that a tokenizer's file may have.
    package static let fileSize = 64 << 20
    /// The most tokens that a vocabulary may have.
    package static let vocabularySize = 1 << 20
    /// The most added tokens: they take many times the memory of their text.
    package static let addedTokens = 1 << 14
    /// The most bytes that a token may have.
    package static let tokenLength = 1 << 14
    /// The most bytes of a token that training makes.
    package static let learnedTokenLength = 1 << 10
    /// The most merges that a byte-pair tokenizer may have. Converters list every way to make a
    /// token, so there may be more than tokens.
    package static let merges = 1 << 22
}
