/// Decodes tokens one at a time into text that never ends inside a character.
///
/// A byte-level token may hold half a character. The decoder keeps the bytes of an unfinished
/// character (three at most) until the next token completes it or shows that it never will be;
/// then it reads as U+FFFD, exactly as in `decode`. The concatenation of everything `append`
/// returned and of `finish` equals `decode` of all tokens.
public struct StreamingDecoder: Sendable {
    /// U+FFFD in UTF-8.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    private enum Source: Sendable {
        case bytes(@Sendable (Int32) -> [UInt8]?)
        case texts(@Sendable (Int32) -> TokenText?)
        case sequences(@Sendable ([Int32]) -> [UInt8], DecodingReach)
    }

    private let source: Source
    private var dropsLeadingSpace = false
    private var leadingMarks = LeadingMarks.keep
    private var hasText = false
    private var pending: [UInt8] = []
    /// The last tokens, and how many bytes of their text have been returned.
    private var window: [Int32] = []
    private var returned = 0

    /// A decoder over a function from token to bytes; `nil` reads as U+FFFD.
    ///
    /// With `droppingLeadingSpace` a space at the very start of the text is left out: tokenizers
    /// of SentencePiece's family put one there when they encode.
    public init(
        droppingLeadingSpace: Bool = false,
        bytesOfToken: @escaping @Sendable (Int32) -> [UInt8]?
    ) {
        self.dropsLeadingSpace = droppingLeadingSpace
        self.source = .bytes(bytesOfToken)
    }

    /// A decoder over a function from token to text, in which only byte tokens can hold parts of
    /// characters, and each byte that belongs to none reads as U+FFFD.
    package init(
        leadingMarks: LeadingMarks, textOfToken: @escaping @Sendable (Int32) -> TokenText?
    ) {
        self.leadingMarks = leadingMarks
        self.source = .texts(textOfToken)
    }

    /// A decoder over a function from tokens to bytes, for tokenizers in which the text of a token
    /// depends on those around it.
    init(reach: DecodingReach, bytesOfTokens: @escaping @Sendable ([Int32]) -> [UInt8]) {
        self.source = .sequences(bytesOfTokens, reach)
    }

    /// The bytes of a character that is not complete yet.
    public var pendingBytes: [UInt8] { pending }

    /// Takes a token and returns the text that is complete now, possibly empty.
    public mutating func append(_ token: Int32) -> String {
        switch source {
        case .bytes(let bytesOfToken):
            return append(bytes: bytesOfToken(token) ?? Self.replacement)
        case .texts(let textOfToken):
            let text = textOfToken(token) ?? .missing
            let unfinished = text.isByte ? "" : finish()
            let bytes =
                text.isByte
                ? text.bytes[...] : leadingMarks.apply(to: text, isAtStart: !hasText)
            if !bytes.isEmpty { hasText = true }
            return unfinished + append(bytes: Array(bytes))
        case .sequences(let bytesOfTokens, let reach):
            window.append(token)
            return appendWindow(bytesOfTokens, reach)
        }
    }

    /// The text that the last token adds to those before it. What could still change is kept: bytes of
    /// an unfinished character, and U+FFFD, which may stand for bytes that more bytes complete.
    private mutating func appendWindow(
        _ bytesOfTokens: @Sendable ([Int32]) -> [UInt8], _ reach: DecodingReach
    ) -> String {
        let text = bytesOfTokens(window)
        var end = text.count - Self.unfinishedSuffixLength(of: text)
        switch reach {
        case .tokensBefore: break
        case .nextToken:
            // What one more token does not change.
            let longer = bytesOfTokens(window + window.suffix(1))
            end = min(end, zip(text, longer).prefix { $0 == $1 }.count)
        case .wholeText: end = 0
        }
        while end >= 3, text[end - 3..<end].elementsEqual(Self.replacement) { end -= 3 }
        let isWhole = end == text.count
        pending = end < returned ? [] : Array(text[max(end, returned)...])
        guard end > returned else { return "" }
        let new = String(decoding: text[returned..<end], as: UTF8.self)
        returned = end
        if isWhole, window.count > 64 {
            window.removeFirst(window.count - 16)
            returned = bytesOfTokens(window).count
        }
        return new
    }

    /// Bytes as text. How many U+FFFD stand for bytes that are not UTF-8 depends on the family.
    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        switch source {
        case .bytes, .sequences: String(decoding: bytes, as: UTF8.self)
        case .texts: String(decoding: Self.repaired(bytes), as: UTF8.self)
        }
    }

    /// Takes bytes and returns the text that is complete now, possibly empty.
    public mutating func append(bytes: [UInt8]) -> String {
        if dropsLeadingSpace, let first = bytes.first {
            dropsLeadingSpace = false
            if first == 0x20 {
                return append(bytes: Array(bytes.dropFirst()))
            }
        }
        pending.append(contentsOf: bytes)
        let complete = pending.count - Self.unfinishedSuffixLength(of: pending)
        guard complete > 0 else { return "" }
        let text = text(pending[..<complete])
        pending.removeFirst(complete)
        return text
    }

    /// Ends the text: an unfinished character reads as U+FFFD.
    public mutating func finish() -> String {
        let text = text(pending[...])
        pending = []
        window = []
        returned = 0
        return text
    }

    /// How many bytes at the end are the beginning of a character that more bytes could complete.
    ///
    /// The second byte is checked against its narrower range (Unicode 16.0, table 3-7), so bytes
    /// that can never become a character are not held back.
    static func unfinishedSuffixLength(of bytes: [UInt8]) -> Int {
        var index = bytes.count - 1
        var continuation = 0
        while index >= 0, continuation < 3, bytes[index] & 0xC0 == 0x80 {
            index -= 1
            continuation += 1
        }
        guard index >= 0 else { return 0 }
        let lead = bytes[index]
        let length: Int
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return 0
        }
        guard continuation < length - 1 else { return 0 }
        if continuation >= 1 {
            let second = bytes[index + 1]
            switch lead {
            case 0xE0 where second < 0xA0: return 0
            case 0xED where second > 0x9F: return 0
            case 0xF0 where second < 0x90: return 0
            case 0xF4 where second > 0x8F: return 0
            default: break
            }
        }
        return continuation + 1
    }
}

/// How far the text of a token depends on the tokens after it.
public enum DecodingReach: Int, Comparable, Sendable {
    /// It does not, but that bytes may not be a character yet.
    case tokensBefore
    /// It depends on whether there is one more token.
    case nextToken
    /// It may change with any token.
    case wholeText

    /// The order from near to far.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
