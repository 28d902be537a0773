import Foundation
import MiniTokenizer

/// The tokenizer of a checkpoint: the bytes of its file, and what they mean.
///
/// Two kinds can be kept: the character tokenizer, in JSON of its own, and byte-level BPE as Hugging
/// Face's `tokenizer.json`. Both files are called `tokenizer.json`; their contents tell which it is.
public struct SavedTokenizer: Sendable, Equatable {
    /// The contents of `tokenizer.json`.
    public let contents: [UInt8]

    /// The file of a tokenizer.
    ///
    /// - Throws: `TokenizerError` if it is of a kind that cannot be kept, or two of its tokens would
    ///   have the same name.
    public init(_ tokenizer: some TextTokenizer) throws(TokenizerError) {
        contents = try tokenizer.fileContents()
    }

    /// The file of a character tokenizer.
    public init(_ tokenizer: CharacterTokenizer) { contents = tokenizer.fileContents() }

    /// The bytes of a file, whatever they are; `tokenizer()` tells.
    public init(contents: [UInt8]) { self.contents = contents }

    /// The tokenizer.
    ///
    /// - Parameter file: names the file in errors.
    /// - Throws: `TokenizerError` if the contents are neither kind of tokenizer.
    public func tokenizer(
        file: String = "tokenizer.json"
    ) throws(TokenizerError) -> any TextTokenizer {
        if let tokenizer = try? JSONDecoder().decode(
            CharacterTokenizer.self, from: Data(contents))
        {
            return tokenizer
        }
        return try BytePairTokenizer.read(huggingFaceJSON: contents, file: file)
    }
}
