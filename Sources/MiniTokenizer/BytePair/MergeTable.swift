/// From a pair of tokens to the rank of their merge: open addressing on the pair as one integer.
struct MergeTable: Sendable {
    /// The rank of a pair that does not merge; larger than every rank.
    static let none = UInt32.max

    struct Entry: Sendable {
        var pair: UInt64
        var rank: UInt32
    }

    private(set) var entries: [Entry]
    let shift: UInt64

    /// The rank of the first merge whose pair already had one.
    private(set) var firstDuplicate: Int?

    /// No token has id `0xFFFF_FFFF`, so this is no pair.
    private static let empty = UInt64.max

    /// A table for merges in the order of their ranks. Of two equal pairs the first counts.
    init(_ merges: [BytePairMerge]) {
        var bits: UInt64 = 4
        while (1 << bits) < merges.count * 2 { bits += 1 }
        entries = [Entry](repeating: Entry(pair: Self.empty, rank: Self.none), count: 1 << bits)
        shift = 64 - bits
        for (rank, merge) in merges.enumerated() {
            insert(Self.pair(merge.left, merge.right), rank: UInt32(rank))
        }
    }

    @inline(__always)
    static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func slot(_ pair: UInt64, _ shift: UInt64) -> Int {
        // Both halves must reach the high bits, so fold before multiplying.
        Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    private mutating func insert(_ pair: UInt64, rank: UInt32) {
        var slot = Self.slot(pair, shift)
        while entries[slot].pair != Self.empty {
            if entries[slot].pair == pair {
                if firstDuplicate == nil { firstDuplicate = Int(rank) }
                return
            }
            slot = (slot + 1) & (entries.count - 1)
        }
        entries[slot] = Entry(pair: pair, rank: rank)
    }

    /// The table as pointers, for the time of one call.
    struct View {
        let entries: UnsafePointer<Entry>
        let mask: Int
        let shift: UInt64

        /// The rank of the merge of two tokens, or ``MergeTable/none``.
        @inline(__always)
        func rank(_ left: Int32, _ right: Int32) -> UInt32 {
            let pair = MergeTable.pair(left, right)
            var slot = MergeTable.slot(pair, shift)
            while true {
                let entry = entries[slot]
                if entry.pair == pair { return entry.rank }
                if entry.pair == MergeTable.empty { return MergeTable.none }
                slot = (slot + 1) & mask
            }
        }
    }
}

/// One merge: two tokens that stand side by side become one.
public struct BytePairMerge: Hashable, Sendable {
    /// The token on the left.
    public let left: Int32
    /// The token on the right.
    public let right: Int32
    /// The token they become.
    public let made: Int32

    /// The merge of `left` and `right` into `made`.
    public init(left: Int32, right: Int32, made: Int32) {
        self.left = left
        self.right = right
        self.made = made
    }
}
