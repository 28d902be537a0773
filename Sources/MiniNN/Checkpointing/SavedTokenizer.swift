/// The tokenizer of a checkpoint: the bytes of its file, `tokenizer.json`.
public struct SavedTokenizer: Sendable, Equatable {
    /// The contents of `tokenizer.json`.
    public let contents: [UInt8]

    /// The bytes of a file, whatever they are.
    public init(contents: [UInt8]) { self.contents = contents }
}
