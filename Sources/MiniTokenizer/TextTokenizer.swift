/// Turns text into numbers and back.
public protocol TextTokenizer: Sendable {
    /// How many different tokens there are; ids are `0..<vocabularySize`.
    var vocabularySize: Int { get }

    /// The token that ends a text, if there is one.
    var endOfText: Int32? { get }

    /// The ids of a text.
    func encode(_ text: String) -> [Int32]

    /// The bytes a token stands for; none for an id that does not exist.
    func bytes(of token: Int32) -> [UInt8]
}

extension TextTokenizer {
    /// There is none.
    public var endOfText: Int32? { nil }

    /// The bytes of several tokens.
    public func decodeBytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
        tokens.flatMap { bytes(of: $0) }
    }

    /// The text of several tokens. Bytes that are not UTF-8 become U+FFFD.
    public func decode(_ tokens: some Sequence<Int32>) -> String {
        String(decoding: decodeBytes(tokens), as: UTF8.self)
    }
}
