/// Sizes that no tokenizer file and no training exceeds. Real tokenizers stay far below; the
/// limits bound the memory that a hostile file can ask for.
enum TokenizerLimits {
    /// Bytes of a file.
    static let fileSize = 64 << 20
    /// Tokens of a vocabulary.
    static let vocabularySize = 1 << 20
    /// Bytes of a token.
    static let tokenLength = 1024
    /// Nesting of JSON.
    static let jsonDepth = 32
}
