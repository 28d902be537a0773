/// Counts equal pieces of text.
///
/// Short pieces go through a first table keyed by two integers, so the common case compares no
/// byte strings; both tables grow with the number of distinct pieces, never with the text.
package struct WordCounter: ~Copyable {
    private struct Short {
        var low: UInt64
        var high: UInt64
        var count: Int
    }

    private var short: UnsafeMutablePointer<Short>
    private var shortBits: UInt64 = 12
    private var shortCount = 0
    private var long = ByteStringTable()
    private var longCounts: [Int] = []

    package init() {
        short = Self.allocate(bits: 12)
    }

    deinit { short.deallocate() }

    private static func allocate(bits: UInt64) -> UnsafeMutablePointer<Short> {
        let table = UnsafeMutablePointer<Short>.allocate(capacity: 1 << bits)
        table.initialize(repeating: Short(low: 0, high: 0, count: 0), count: 1 << bits)
        return table
    }

    @inline(__always)
    private static func slot(_ low: UInt64, _ high: UInt64, _ bits: UInt64) -> Int {
        let folded = low ^ (high &* 0xA076_1D64_78BD_642F)
        let hash = (folded ^ folded >> 31) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> (64 - bits))
    }

    /// Counts the piece `start..<end`; `limit` bytes may be read.
    @inline(__always)
    package mutating func add(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, limit: Int, times: Int = 1
    ) {
        let length = end - start
        guard length <= PieceCache.longestPiece else {
            addLong(bytes + start, length, times)
            return
        }
        let (low, high) = PieceCache.key(bytes + start, length, available: limit - start)
        add(low, high, times)
    }

    /// Counts all pieces of a range of text.
    ///
    /// - Throws: as ``Splitter/forEachPiece(in:_:_:)`` does.
    mutating func addPieces(
        of bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ splitter: Splitter
    ) throws(TokenizerError) {
        try splitter.forEachPiece(in: bytes, range) { start, end in
            add(bytes, start, end, limit: range.upperBound)
        }
    }

    @inline(__always)
    private mutating func add(_ low: UInt64, _ high: UInt64, _ times: Int) {
        let mask = 1 << Int(shortBits) - 1
        var slot = Self.slot(low, high, shortBits)
        while short[slot].high != 0 {
            if short[slot].low == low, short[slot].high == high {
                short[slot].count += times
                return
            }
            slot = (slot + 1) & mask
        }
        short[slot] = Short(low: low, high: high, count: times)
        shortCount += 1
        if shortCount * 2 > mask { growShort() }
    }

    @inline(never)
    private mutating func growShort() {
        let old = short
        let oldSize = 1 << Int(shortBits)
        shortBits += 1
        short = Self.allocate(bits: shortBits)
        let mask = 1 << Int(shortBits) - 1
        for index in 0..<oldSize where old[index].high != 0 {
            var slot = Self.slot(old[index].low, old[index].high, shortBits)
            while short[slot].high != 0 { slot = (slot + 1) & mask }
            short[slot] = old[index]
        }
        old.deallocate()
    }

    @inline(never)
    private mutating func addLong(_ start: UnsafePointer<UInt8>, _ length: Int, _ times: Int) {
        let (index, isNew) = long.insert(start, length)
        if isNew { longCounts.append(0) }
        longCounts[index] += times
    }

    /// The number of distinct pieces.
    package var distinctCount: Int { shortCount + long.count }

    /// Calls `body` for every distinct piece with its bytes and count, in no particular order.
    package func forEach(_ body: (_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int) -> Void) {
        for index in 0..<1 << Int(shortBits) where short[index].high != 0 {
            let entry = short[index]
            let length = Int(entry.high >> 56)
            // In memory, little-endian integers are the bytes of the piece.
            withUnsafeBytes(of: (entry.low.littleEndian, entry.high.littleEndian)) { raw in
                body(
                    UnsafeBufferPointer(
                        start: raw.baseAddress!.assumingMemoryBound(to: UInt8.self), count: length),
                    entry.count)
            }
        }
        long.bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<long.count {
                body(
                    UnsafeBufferPointer(rebasing: buffer[long.range(of: index)]), longCounts[index])
            }
        }
    }

    /// Adds the counts of another counter.
    mutating func merge(_ other: borrowing WordCounter) {
        for index in 0..<1 << Int(other.shortBits) where other.short[index].high != 0 {
            add(other.short[index].low, other.short[index].high, other.short[index].count)
        }
        other.long.bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<other.long.count {
                let range = other.long.range(of: index)
                addLong(
                    buffer.baseAddress! + range.lowerBound, range.count, other.longCounts[index])
            }
        }
    }
}
