/// Sizes that no tokenizer file and no training exceeds. Real tokenizers stay far below; the
/// limits bound the memory that a hostile file can ask for.
package enum TokenizerLimits {
    /// Bytes of a file.
    package static let fileSize = 64 << 20
    /// Tokens of a vocabulary.
    package static let vocabularySize = 1 << 20
    /// Added tokens: they take many times the memory of their text.
    package static let addedTokens = 1 << 14
    /// Bytes of a token.
    package static let tokenLength = 1024
    /// Nesting of JSON.
    package static let jsonDepth = 32
}
