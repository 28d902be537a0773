/// Applies merges to the bytes of one piece: the merge of lowest rank first, the leftmost of
/// several, until none is left (Sennrich, Haddow and Birch 2016).
///
/// Holds pointers into a model's tables, so it lives only as long as the call that made it.
struct MergeLoop {
    let ofByte: UnsafePointer<Int32>
    let merges: MergeTable.View
    /// The token each merge makes, by rank.
    let made: UnsafePointer<Int32>

    /// Pieces up to this length are merged by scanning all pairs for the lowest rank; the scan
    /// of so few ranks is cheaper than a heap.
    static let shortPiece = 48

    /// Writes the tokens of `count` bytes to `target`, which has room for `count`; returns how many.
    @inline(__always)
    func encode(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, to target: UnsafeMutablePointer<Int32>,
        _ scratch: LongPieceScratch
    ) -> Int {
        count <= Self.shortPiece
            ? encodeShort(bytes, count, to: target)
            : encodeLong(bytes, count, to: target, scratch)
    }

    @inline(never)
    private func encodeShort(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, to tokens: UnsafeMutablePointer<Int32>
    ) -> Int {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.shortPiece) { buffer in
            let ranks = buffer.baseAddress!
            var count = length
            tokens[0] = ofByte[Int(bytes[0])]
            for index in 1..<max(count, 1) {
                tokens[index] = ofByte[Int(bytes[index])]
                ranks[index - 1] = merges.rank(tokens[index - 1], tokens[index])
            }
            while count > 1 {
                var best = 0
                var lowest = ranks[0]
                for index in 1..<max(count - 1, 1) where ranks[index] < lowest {
                    lowest = ranks[index]
                    best = index
                }
                if lowest == MergeTable.none { break }
                tokens[best] = made[Int(lowest)]
                count -= 1
                for index in best + 1..<max(count, best + 1) {
                    tokens[index] = tokens[index + 1]
                    ranks[index - 1] = ranks[index]
                }
                if best > 0 { ranks[best - 1] = merges.rank(tokens[best - 1], tokens[best]) }
                if best + 1 < count { ranks[best] = merges.rank(tokens[best], tokens[best + 1]) }
            }
            return count
        }
    }

    /// The same for long pieces in O(n log n): a linked list of tokens and a heap of merges.
    @inline(never)
    private func encodeLong(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, to tokens: UnsafeMutablePointer<Int32>,
        _ scratch: LongPieceScratch
    ) -> Int {
        precondition(
            count <= Int(Int32.max), "A piece of text without a cut must be shorter than 2 GiB.")
        scratch.prepare(count)
        let nodes = scratch.nodes
        for index in 0..<count {
            nodes[index] = .init(
                token: ofByte[Int(bytes[index])], previous: Int32(index - 1),
                next: Int32(index + 1), rank: MergeTable.none)
        }
        nodes[count - 1].next = -1
        for index in 0..<count - 1 {
            let rank = merges.rank(nodes[index].token, nodes[index + 1].token)
            nodes[index].rank = rank
            if rank != MergeTable.none { scratch.appendUnordered(rank, index) }
        }
        scratch.orderAll()

        while let (rank, position) = scratch.popLowest() {
            // The pair may have changed or gone since it was entered.
            guard nodes[position].rank == rank else { continue }
            let right = Int(nodes[position].next)
            let after = nodes[right].next
            nodes[right].rank = MergeTable.none
            nodes[position].token = made[Int(rank)]
            nodes[position].next = after
            nodes[position].rank = MergeTable.none
            if after >= 0 {
                nodes[Int(after)].previous = Int32(position)
                enter(position, Int(after), nodes, scratch)
            }
            let before = Int(nodes[position].previous)
            if before >= 0 { enter(before, position, nodes, scratch) }
        }

        var written = 0
        var position = 0
        while position >= 0 {
            tokens[written] = nodes[position].token
            written += 1
            position = Int(nodes[position].next)
        }
        return written
    }

    @inline(__always)
    private func enter(
        _ left: Int, _ right: Int, _ nodes: UnsafeMutablePointer<LongPieceScratch.Node>,
        _ scratch: LongPieceScratch
    ) {
        let rank = merges.rank(nodes[left].token, nodes[right].token)
        nodes[left].rank = rank
        if rank != MergeTable.none { scratch.push(rank, left) }
    }
}

/// Working memory for long pieces: the linked list, and a binary heap of `rank << 32 | position`.
final class LongPieceScratch {
    struct Node {
        var token: Int32
        var previous: Int32
        var next: Int32
        /// The rank of the merge with the next token.
        var rank: UInt32
    }

    private(set) var nodes: UnsafeMutablePointer<Node> = .allocate(capacity: 1)
    private var capacity = 1
    private var heap: [UInt64] = []

    deinit { nodes.deallocate() }

    func prepare(_ count: Int) {
        heap.removeAll(keepingCapacity: true)
        guard count > capacity else { return }
        nodes.deallocate()
        capacity = count + count / 2
        nodes = .allocate(capacity: capacity)
    }

    /// Gives large memory back, so that one long piece does not stay allocated in the pool.
    func shrink() {
        guard capacity > 1 << 16 else { return }
        nodes.deallocate()
        capacity = 1
        nodes = .allocate(capacity: 1)
        heap = []
    }

    func appendUnordered(_ rank: UInt32, _ position: Int) {
        heap.append(UInt64(rank) << 32 | UInt64(position))
    }

    func orderAll() {
        // A sorted array is a heap.
        heap.sort()
    }

    func push(_ rank: UInt32, _ position: Int) {
        let value = UInt64(rank) << 32 | UInt64(position)
        heap.append(value)
        heap.withUnsafeMutableBufferPointer { heap in
            var index = heap.count - 1
            while index > 0 {
                let parent = (index - 1) / 2
                if heap[parent] <= value { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = value
        }
    }

    func popLowest() -> (rank: UInt32, position: Int)? {
        guard let last = heap.popLast() else { return nil }
        guard let top = heap.first else {
            return (UInt32(last >> 32), Int(last & 0xFFFF_FFFF))
        }
        heap.withUnsafeMutableBufferPointer { heap in
            var index = 0
            while true {
                var child = index * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                if heap[child] >= last { break }
                heap[index] = heap[child]
                index = child
            }
            heap[index] = last
        }
        return (UInt32(top >> 32), Int(top & 0xFFFF_FFFF))
    }
}
