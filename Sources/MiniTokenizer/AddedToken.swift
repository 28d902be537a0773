/// A token that is matched in the text before it is split, such as `<|endoftext|>`.
public struct AddedToken: Hashable, Sendable {
    /// The text that becomes the token.
    public var content: String
    /// The token's id.
    public var id: Int32
    /// Whether the token is a marker for the model; text from users should not become one.
    public var isSpecial: Bool
    /// Match only where no word character stands directly before or after.
    public var isSingleWord: Bool
    /// Take white space on the left into the match.
    public var stripsLeft: Bool
    /// Take white space on the right into the match.
    public var stripsRight: Bool
    /// Match in the normalised text and not in the text as given.
    public var isNormalized: Bool

    /// An added token; by default a special one that matches exactly.
    public init(
        _ content: String, id: Int32, isSpecial: Bool = true, isSingleWord: Bool = false,
        stripsLeft: Bool = false, stripsRight: Bool = false, isNormalized: Bool = false
    ) {
        self.content = content
        self.id = id
        self.isSpecial = isSpecial
        self.isSingleWord = isSingleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
    }
}

extension [AddedToken] {
    /// The special token with a usual name for the end of a text.
    var usualEndOfText: Int32? {
        let names = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<|eos|>", "<eos>", "[EOS]"]
        return names.lazy.compactMap { name in
            first { $0.isSpecial && $0.content == name }?.id
        }.first
    }
}
