/// Remembers the tokens of short pieces: text repeats its words.
///
/// A table of fixed size (1 MiB): pieces of up to 15 bytes that became at most 4 tokens. Two
/// places per piece share a cache line; a new piece takes the first and pushes the old one to
/// the second. Not safe to share between threads; each encoding call takes one from a pool.
final class PieceCache {
    struct Entry {
        var low: UInt64
        /// Bytes 8 to 14 and, in the top byte, the length. Zero only in an empty entry.
        var high: UInt64
        var tokens: SIMD4<Int32>
    }

    static let longestPiece = 15
    private static let bits: UInt64 = 15
    let entries: UnsafeMutablePointer<Entry>

    init() {
        entries = .allocate(capacity: 1 << Self.bits)
        entries.initialize(
            repeating: Entry(low: 0, high: 0, tokens: .init(repeating: -1)), count: 1 << Self.bits)
    }

    deinit { entries.deallocate() }

    /// The piece as two integers. `count` is 1 to 15; `available` bytes may be read.
    @inline(__always)
    static func key(
        _ start: UnsafePointer<UInt8>, _ count: Int, available: Int
    ) -> (low: UInt64, high: UInt64) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        if available >= 16 {
            let raw = UnsafeRawPointer(start)
            low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
            if count < 8 {
                low &= (1 << UInt64(count * 8)) - 1
            } else {
                high = UInt64(
                    littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                high &= (1 << UInt64((count - 8) * 8)) - 1
            }
        } else {
            for index in 0..<count {
                let byte = UInt64(start[index])
                if index < 8 {
                    low |= byte << UInt64(index * 8)
                } else {
                    high |= byte << UInt64((index - 8) * 8)
                }
            }
        }
        return (low, high | UInt64(count) << 56)
    }

    /// The first of the two places of a piece; the other is the place with the last bit flipped.
    @inline(__always)
    static func place(_ low: UInt64, _ high: UInt64) -> Int {
        let folded = low ^ (high &* 0xA076_1D64_78BD_642F)
        let hash = (folded ^ folded >> 31) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> (64 - bits))
    }

    /// Remembers a piece. `place` is the one ``place(_:_:)`` gave.
    @inline(__always)
    func insert(_ low: UInt64, _ high: UInt64, _ tokens: SIMD4<Int32>, at place: Int) {
        entries[place ^ 1] = entries[place]
        entries[place] = Entry(low: low, high: high, tokens: tokens)
    }
}
