/// Puts bytes together to text that can be shown at any moment: a character whose bytes have not all
/// come is held back.
public struct TextAssembler: Sendable {
    private var pending: [UInt8] = []

    /// An assembler that waits for a first byte.
    public init() {}

    /// Adds bytes and returns the characters that are now complete. Bytes that can never become
    /// UTF-8 are returned as U+FFFD.
    public mutating func append(_ bytes: some Sequence<UInt8>) -> String {
        pending.append(contentsOf: bytes)
        let complete = pending.count - incompleteSuffix
        defer { pending.removeFirst(complete) }
        return String(decoding: pending.prefix(complete), as: UTF8.self)
    }

    /// Returns what is left at the end; an unfinished character becomes U+FFFD.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// The number of bytes at the end that are the start of a longer character.
    private var incompleteSuffix: Int {
        for back in 1...3 where back <= pending.count {
            let byte = pending[pending.count - back]
            if byte & 0xC0 == 0x80 { continue }  // a later byte of a character: look further back
            let length = byte >= 0xF0 && byte < 0xF8 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
            return byte < 0xF8 && length > back ? back : 0
        }
        return 0
    }
}
