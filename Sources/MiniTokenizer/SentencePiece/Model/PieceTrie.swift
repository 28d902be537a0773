/// A trie over pieces: all pieces that begin at a place of a text, shortest first.
///
/// The children of a node lie side by side, in the order of their bytes. Bytes after which there is
/// no choice share a node, so that there are at most two nodes for a piece however long it is.
struct PieceTrie: Sendable {
    struct Node: Sendable {
        var firstChild: Int32 = 0
        /// The piece that ends here, or -1.
        var id: Int32 = -1
        /// Where the bytes after `byte` that lead here stand in the arena.
        var label: UInt32 = 0
        var labelCount: UInt16 = 0
        var childCount: UInt16 = 0
        var byte: UInt8 = 0
    }

    private(set) var nodes: [Node] = [Node()]
    private let arena: PieceArena
    /// The child of the root for each byte, or 0.
    private var ofFirstByte = [Int32](repeating: 0, count: 256)

    /// A trie of the pieces of an arena that `includes` accepts; no piece is empty or longer than
    /// 65,535 bytes.
    init(_ arena: PieceArena, includes: (Int32) -> Bool) {
        self.arena = arena
        var ids = (0..<Int32(arena.count)).filter(includes)
        ids.sort { arena.piece($0).lexicographicallyPrecedes(arena.piece($1)) }
        nodes.reserveCapacity(ids.count * 2 + 1)
        // Breadth first: node, its range of sorted pieces, its depth.
        var queue: [(node: Int32, range: Range<Int32>, depth: Int32)] = [
            (0, 0..<Int32(ids.count), 0)
        ]
        var head = 0
        while head < queue.count {
            let (node, range, depth) = queue[head]
            head += 1
            // The queue would grow with the trie: what has been handled is forgotten.
            if head == 4096 {
                queue.removeFirst(head)
                head = 0
            }
            var index = Int(range.lowerBound)
            let last = Int(range.upperBound)
            let depthNow = Int(depth)
            // Equal pieces lie side by side; the first has the smallest id.
            while index < last, arena.piece(ids[index]).count == depthNow {
                if nodes[Int(node)].id < 0 { nodes[Int(node)].id = ids[index] }
                index += 1
            }
            nodes[Int(node)].firstChild = Int32(nodes.count)
            while index < last {
                let byte = arena.piece(ids[index])[depthNow]
                var end = index + 1
                while end < last, arena.piece(ids[end])[depthNow] == byte { end += 1 }
                let below = sharedPrefix(ids[index], ids[end - 1], from: depthNow + 1)
                if node == 0 { ofFirstByte[Int(byte)] = Int32(nodes.count) }
                if below < arena.piece(ids[index]).count || end - index > 1 {
                    queue.append((Int32(nodes.count), Int32(index)..<Int32(end), Int32(below)))
                }
                nodes.append(
                    Node(
                        id: end - index == 1 ? ids[index] : -1,
                        label: UInt32(arena.range(of: ids[index]).lowerBound + depthNow + 1),
                        labelCount: UInt16(below - depthNow - 1), byte: byte))
                nodes[Int(node)].childCount += 1
                index = end
            }
        }
    }

    /// How many bytes two pieces share, which share `depth` at least.
    private func sharedPrefix(_ first: Int32, _ last: Int32, from depth: Int) -> Int {
        let (first, last) = (arena.piece(first), arena.piece(last))
        var depth = depth
        while depth < first.count, depth < last.count, first[depth] == last[depth] { depth += 1 }
        return depth
    }

    /// Calls `body(end, id)` for the pieces that begin at `start`, shortest first, until it
    /// returns `false`.
    @inline(__always)
    func forEachPiece(
        at start: Int, in bytes: UnsafePointer<UInt8>, _ count: Int,
        _ body: (_ end: Int, _ id: Int32) -> Bool
    ) {
        nodes.withUnsafeBufferPointer { nodes in
            guard start < count else { return }
            var node = Int(ofFirstByte[Int(bytes[start])])
            var end = start + 1
            while node != 0 {
                let length = Int(nodes[node].labelCount)
                if length > 0 {
                    guard count - end >= length else { return }
                    let label = arena.bytes + Int(nodes[node].label)
                    for index in 0..<length where bytes[end + index] != label[index] { return }
                    end += length
                }
                if nodes[node].id >= 0, !body(end, nodes[node].id) { return }
                guard end < count else { return }
                node = Self.child(of: node, bytes[end], nodes)
                end += 1
            }
        }
    }

    @inline(__always)
    private static func child(
        of node: Int, _ byte: UInt8, _ nodes: UnsafeBufferPointer<Node>
    ) -> Int {
        var low = Int(nodes[node].firstChild)
        var high = low + Int(nodes[node].childCount)
        let end = high
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].byte < byte { low = middle + 1 } else { high = middle }
        }
        return low < end && nodes[low].byte == byte ? low : 0
    }

    /// The length of the longest piece at `start`, or 0. As in the reference only the first
    /// `limit` pieces count.
    func longestMatch(
        at start: Int, in bytes: UnsafePointer<UInt8>, _ count: Int, limit: Int = 64
    ) -> Int {
        var longest = 0
        var found = 0
        forEachPiece(at: start, in: bytes, count) { end, _ in
            longest = end - start
            found += 1
            return found < limit
        }
        return longest
    }
}
