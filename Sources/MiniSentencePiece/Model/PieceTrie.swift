/// A trie over pieces: all pieces that begin at a place of a text, shortest first.
///
/// The children of a node lie side by side, in the order of their bytes.
struct PieceTrie: Sendable {
    struct Node: Sendable {
        var firstChild: Int32 = 0
        /// The piece that ends here, or -1.
        var id: Int32 = -1
        var childCount: UInt16 = 0
        var byte: UInt8 = 0
    }

    private(set) var nodes: [Node] = [Node()]
    /// The child of the root for each byte, or 0.
    private var ofFirstByte = [Int32](repeating: 0, count: 256)

    /// A trie of the pieces of a table that `includes` accepts; no piece is empty.
    init(_ table: PieceTable, includes: (Int32) -> Bool) {
        let ids = (0..<Int32(table.count)).filter(includes).sorted {
            table.piece($0).lexicographicallyPrecedes(table.piece($1))
        }
        // Breadth first: node, its range of sorted pieces, its depth.
        var queue: [(node: Int32, range: Range<Int>, depth: Int)] = [(0, 0..<ids.count, 0)]
        var head = 0
        while head < queue.count {
            let (node, range, depth) = queue[head]
            head += 1
            // The queue would grow with the trie: what has been handled is forgotten.
            if head == 4096 {
                queue.removeFirst(head)
                head = 0
            }
            var index = range.lowerBound
            if index < range.upperBound, table.piece(ids[index]).count == depth {
                nodes[Int(node)].id = ids[index]
                index += 1
            }
            nodes[Int(node)].firstChild = Int32(nodes.count)
            while index < range.upperBound {
                let byte = table.piece(ids[index])[depth]
                var end = index + 1
                while end < range.upperBound, table.piece(ids[end])[depth] == byte { end += 1 }
                if node == 0 { ofFirstByte[Int(byte)] = Int32(nodes.count) }
                queue.append((Int32(nodes.count), index..<end, depth + 1))
                nodes.append(Node(byte: byte))
                nodes[Int(node)].childCount += 1
                index = end
            }
        }
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
