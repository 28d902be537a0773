/// Turns text into token ids and back.
///
/// Token ids are `Int32` everywhere, from `0` to `vocabularySize - 1`. A tokenizer is an immutable
/// value: it can be shared between threads.
///
/// Only `encode` can fail, and only for tokenizers that have no token for some input
/// (``CharacterTokenizer`` with ``CharacterTokenizer/UnknownPolicy/error``). A byte-level tokenizer
/// encodes every text, and says so by an `encode` that does not throw.
public protocol TextTokenizer: Sendable {
    /// The number of tokens: ids run from `0` to `vocabularySize - 1`.
    var vocabularySize: Int { get }

    /// The token that ends a document, if the vocabulary has one.
    var endOfText: Int32? { get }

    /// The token that stands for text the vocabulary cannot express, if there is one.
    var unknownToken: Int32? { get }

    /// The tokens that have a name of their own besides those that text is made of: markers such as
    /// `<|endoftext|>`, and words that were added to the vocabulary.
    var addedTokens: [AddedToken] { get }

    /// Whether each token stands for one character.
    var tokensAreCharacters: Bool { get }

    /// The contents of a file from which this tokenizer can be opened again.
    ///
    /// - Throws: ``TokenizerError/unsupported(file:entry:reason:)`` when there is no file of this kind.
    func fileContents() throws(TokenizerError) -> [UInt8]

    /// The token ids of a text in which names of special tokens may become those tokens.
    ///
    /// - Throws: as ``encode(_:)`` does.
    func encode(
        _ text: String, specialTokens: SpecialTokenPolicy
    ) throws(TokenizerError) -> [Int32]

    /// The token ids of many texts, in order.
    ///
    /// - Throws: as ``encode(_:)`` does, for the first text that cannot be expressed.
    func encode(batch texts: [String]) throws(TokenizerError) -> [[Int32]]

    /// The token ids of a text.
    ///
    /// - Throws: ``TokenizerError/unknownCharacter(_:offset:)`` when the vocabulary cannot express
    ///   the text and the tokenizer was told to refuse.
    func encode(_ text: String) throws(TokenizerError) -> [Int32]

    /// The tokens of a text, each with the range of UTF-8 bytes it stands for.
    ///
    /// - Throws: as ``encode(_:)`` does.
    func spans(of text: String) throws(TokenizerError) -> [TokenSpan]

    /// The bytes a token stands for, or `nil` when the vocabulary has no such token.
    ///
    /// A token of a byte-level tokenizer may hold part of a character, so the bytes of one token
    /// need not be valid UTF-8.
    func bytes(of token: Int32) -> [UInt8]?

    /// Whether a token is a marker (end of text, start of a turn) and not a piece of text.
    func isSpecial(_ token: Int32) -> Bool

    /// The bytes a sequence of tokens stands for.
    ///
    /// A token that the vocabulary does not have reads as U+FFFD, so that a model with padded
    /// logits cannot end the process.
    func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8]

    /// The text a sequence of tokens stands for. Bytes that are not UTF-8 read as U+FFFD.
    func decode(_ tokens: some Sequence<Int32>) -> String

    /// A decoder that takes one token at a time and never splits a character.
    func streamingDecoder() -> StreamingDecoder
}

extension TextTokenizer {
    /// The default: no token ends a document.
    public var endOfText: Int32? { nil }

    /// The default: no token stands for unknown text.
    public var unknownToken: Int32? { nil }

    /// The default: there are none.
    public var addedTokens: [AddedToken] { [] }

    /// The default: tokens are pieces of text of any length.
    public var tokensAreCharacters: Bool { false }

    /// The added token of that name, if there is one.
    public func addedToken(_ content: String) -> AddedToken? {
        addedTokens.first { $0.content.utf8.elementsEqual(content.utf8) }
    }

    /// The default: the kind cannot be saved.
    public func fileContents() throws(TokenizerError) -> [UInt8] {
        throw .unsupported(
            file: "tokenizer.json", entry: "the kind of tokenizer",
            reason: "\(Self.self) has no file that this library writes.")
    }

    /// The default: the text is cut at the names of special tokens, of which the longest counts where
    /// several begin, and what is between them is encoded piece by piece.
    public func encode(
        _ text: String, specialTokens policy: SpecialTokenPolicy
    ) throws(TokenizerError) -> [Int32] {
        let names = addedTokens.filter { !$0.content.isEmpty && policy.recognizes($0) }
        guard !names.isEmpty else { return try encode(text) }
        var result: [Int32] = []
        let bytes = Array(text.utf8)
        var (start, index) = (0, 0)
        func plain(_ end: Int) throws(TokenizerError) -> [Int32] {
            guard start < end else { return [] }
            return try encode(String(decoding: bytes[start..<end], as: UTF8.self))
        }
        while index < bytes.count {
            let found = names.filter { bytes[index...].starts(with: $0.content.utf8) }
                .max { $0.content.utf8.count < $1.content.utf8.count }
            guard let found else {
                index += 1
                continue
            }
            result += try plain(index)
            result.append(found.id)
            index += found.content.utf8.count
            start = index
        }
        return result + (try plain(bytes.count))
    }

    /// The default: one text after the other.
    public func encode(batch texts: [String]) throws(TokenizerError) -> [[Int32]] {
        var result: [[Int32]] = []
        for text in texts { result.append(try encode(text)) }
        return result
    }

    /// The default: every token is a piece of text.
    public func isSpecial(_ token: Int32) -> Bool { false }

    /// The default: the bytes of the tokens, one after the other.
    public func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
        var result: [UInt8] = []
        for token in tokens {
            result.append(contentsOf: bytes(of: token) ?? StreamingDecoder.replacement)
        }
        return result
    }

    /// The default: ``decodeBytes(_:)`` read as UTF-8.
    public func decode(_ tokens: some Sequence<Int32>) -> String {
        String(decoding: decodeBytes(tokens), as: UTF8.self)
    }

    /// The default: a decoder over ``bytes(of:)``.
    public func streamingDecoder() -> StreamingDecoder {
        StreamingDecoder { bytes(of: $0) }
    }
}

/// A token and the UTF-8 bytes of the text it stands for.
public struct TokenSpan: Hashable, Sendable {
    /// The token's id.
    public var token: Int32

    /// Where the token's bytes lie in the text, in UTF-8 code units.
    public var byteRange: Range<Int>

    /// A token over a range of UTF-8 bytes.
    public init(token: Int32, byteRange: Range<Int>) {
        self.token = token
        self.byteRange = byteRange
    }
}
