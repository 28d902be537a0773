import Foundation
import MiniNN
import MiniTokenizer

/// Tokenizers that can be kept: the character tokenizer, in JSON of its own, and those that Hugging
/// Face's `tokenizer.json` holds. Their contents tell which it is.
extension SavedTokenizer {
    /// The file of a tokenizer.
    ///
    /// - Throws: `TokenizerError` if it is of a kind that cannot be kept, or two of its tokens would
    ///   have the same name.
    public init(_ tokenizer: some TextTokenizer) throws(TokenizerError) {
        self.init(contents: try tokenizer.fileContents())
    }

    /// The file of a character tokenizer.
    public init(_ tokenizer: CharacterTokenizer) {
        self.init(contents: tokenizer.fileContents())
    }

    /// The tokenizer.
    ///
    /// - Parameter file: names the file in errors.
    /// - Throws: `TokenizerError` if the contents are none of these.
    public func tokenizer(
        file: String = "tokenizer.json"
    ) throws(TokenizerError) -> any TextTokenizer {
        if let tokenizer = try? JSONDecoder().decode(
            CharacterTokenizer.self, from: Data(contents))
        {
            return tokenizer
        }
        return try TokenizerFile.read(huggingFaceJSON: contents, file: file)
    }
}
