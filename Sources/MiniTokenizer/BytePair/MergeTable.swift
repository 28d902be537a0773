/// From a pair of tokens to the rank of their merge: open addressing, at most two thirds full.
struct MergeTable: Sendable {
    /// The rank of a pair that does not merge; larger than every rank.
    static let none = UInt32.max

    struct Entry: Sendable {
        var left: Int32
        var right: Int32
        var rank: UInt32
    }

    private(set) var entries: [Entry]

    /// No token has the id -1, so this is no pair.
    private static let empty = Entry(left: -1, right: -1, rank: none)

    /// An empty table with room for `capacity` merges.
    init(capacity: Int) {
        entries = [Entry](repeating: Self.empty, count: capacity + capacity / 2 + 2)
    }

    /// A table for merges in the order of their ranks. Of two equal pairs the first counts.
    init(_ merges: [BytePairMerge]) {
        self.init(capacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            insert(merge.left, merge.right, rank: UInt32(rank))
        }
    }

    @inline(__always)
    static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func place(_ left: Int32, _ right: Int32, _ count: Int) -> Int {
        let pair = pair(left, right)
        // Both halves must reach the high bits, so fold before multiplying.
        let hash = (pair ^ pair >> 29) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// Adds a merge; `false` when the pair has a rank already, which it keeps.
    @discardableResult
    mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32) -> Bool {
        var place = Self.place(left, right, entries.count)
        while entries[place].left >= 0 {
            if entries[place].left == left, entries[place].right == right { return false }
            place += 1
            if place == entries.count { place = 0 }
        }
        entries[place] = Entry(left: left, right: right, rank: rank)
        return true
    }

    /// The rank of the merge of two tokens, or ``MergeTable/none``.
    func rank(_ left: Int32, _ right: Int32) -> UInt32 {
        entries.withUnsafeBufferPointer {
            View(entries: $0.baseAddress!, count: $0.count).rank(left, right)
        }
    }

    /// The table as pointers, for the time of one call.
    struct View {
        let entries: UnsafePointer<Entry>
        let count: Int

        /// The rank of the merge of two tokens, or ``MergeTable/none``.
        @inline(__always)
        func rank(_ left: Int32, _ right: Int32) -> UInt32 {
            var place = MergeTable.place(left, right, count)
            while true {
                let entry = entries[place]
                if entry.left == left, entry.right == right { return entry.rank }
                if entry.left < 0 { return MergeTable.none }
                place += 1
                if place == count { place = 0 }
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
    /// The token that the two become.
    public let made: Int32

    /// The merge of `left` and `right` into `made`.
    public init(left: Int32, right: Int32, made: Int32) {
        self.left = left
        self.right = right
        self.made = made
    }
}
