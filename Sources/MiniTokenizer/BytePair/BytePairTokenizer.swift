/// Byte-level byte-pair encoding, as in GPT-2 (Radford et al. 2019).
///
/// The alphabet is the 256 bytes, so every text, in any script, and every byte string can be
/// encoded, and decoding gives the same bytes back. Text is cut into pieces by a
/// ``SplittingRule``; inside a piece, pairs of tokens are merged in the order in which training
/// found the merges.
///
///     let tokenizer = try BytePairTokenizer.train(on: text, vocabularySize: 5000)
///     let tokens = tokenizer.encode("To be, or not to be")
///     tokenizer.decode(tokens)  // "To be, or not to be"
///
/// A tokenizer is a value that shares its tables with its copies; it may be used from several
/// threads at once.
public struct BytePairTokenizer: TextTokenizer {
    let model: BytePairModel

    init(model: BytePairModel) {
        self.model = model
    }

    /// The number of tokens: bytes, merged tokens and added tokens.
    public var vocabularySize: Int { model.tokens.count }

    /// The special token with a usual name for the end of a text, such as `<|endoftext|>`.
    public var endOfText: Int32? { model.endOfText }

    /// The merges, in the order in which they were learned and are applied.
    public var merges: [BytePairMerge] { model.merges }

    /// Tokens that are matched in the text before it is split, by ascending id.
    public var addedTokens: [AddedToken] { model.addedTokens }

    /// How text is cut into pieces: each rule cuts the pieces of the one before.
    public var splitting: [SplittingRule] { model.splitter.rules }

    /// Whether a piece that is a token as a whole becomes that token, whatever the merges would make.
    package var prefersWholePieces: Bool { model.settings.prefersWholePieces }

    /// The Unicode normalisations that text goes through before it is split.
    public var normalizations: [TextNormalization] { model.settings.normalizations }

    /// The bytes of a token. A special token's are those of its name; an id that the vocabulary
    /// leaves unused has none.
    public func bytes(of token: Int32) -> [UInt8]? {
        guard let range = model.tokens.range(of: token), !range.isEmpty else { return nil }
        return Array(model.tokens.bytes[range])
    }

    /// The number of bytes of a token, or `nil` when there is no such token.
    public func byteCount(of token: Int32) -> Int? {
        bytes(of: token)?.count
    }

    /// The token with these bytes, if ordinary text can become it.
    public func token(of bytes: some Collection<UInt8>) -> Int32? {
        model.tokens.find(Array(bytes))
    }

    /// Whether a token is a marker such as `<|endoftext|>`.
    public func isSpecial(_ token: Int32) -> Bool { model.isSpecial(token) }

    /// The bytes of tokens, one after the other; a token that does not exist reads as U+FFFD.
    public func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
        decodeBytes(tokens, skippingSpecialTokens: false)
    }

    /// The bytes of tokens, with or without the names of special tokens.
    public func decodeBytes(
        _ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(tokens.underestimatedCount * 4)
        for token in tokens {
            if skippingSpecialTokens, model.isSpecial(token) { continue }
            if let range = model.tokens.range(of: token), !range.isEmpty {
                result.append(contentsOf: model.tokens.bytes[range])
            } else {
                result.append(contentsOf: StreamingDecoder.replacement)
            }
        }
        return result
    }

    /// The text of tokens, with or without the names of special tokens.
    public func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) -> String {
        String(
            decoding: decodeBytes(tokens, skippingSpecialTokens: skippingSpecialTokens),
            as: UTF8.self)
    }
}

extension TextTokenizer {
    /// The byte-level BPE that this is, for file formats that hold nothing else; `nil` if it is
    /// another kind.
    public var bytePairTokenizer: BytePairTokenizer? { self as? BytePairTokenizer }
}
