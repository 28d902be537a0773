/// Applies merges to the bytes of one piece: the merge of lowest rank first, the leftmost of
/// several, until none is left (Sennrich, Haddow and Birch 2016).
///
/// Holds pointers into a model's tables, so it lives only as long as the call that made it.
struct MergeLoop {
    let ofByte: UnsafePointer<Int32>
    let merges: MergeTable.View
    /// The token each merge makes, by rank.
    let made: UnsafePointer<Int32>
    let mergeCount: Int

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

    /// The same for long pieces in O(n log n): a linked list of tokens and a queue of merges.
    @inline(never)
    private func encodeLong(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, to tokens: UnsafeMutablePointer<Int32>,
        _ scratch: LongPieceScratch
    ) -> Int {
        precondition(
            count < Int(Int32.max) / 4,
            "A piece of text that the splitting rule does not cut must be shorter than 512 MiB.")
        scratch.prepare(count)
        let nodes = scratch.nodes
        for index in 0..<count {
            nodes[index] = .init(
                token: ofByte[Int(bytes[index])], previous: Int32(index - 1),
                next: Int32(index + 1), rank: MergeTable.none)
        }
        nodes[count - 1].next = -1
        var queue = MergeRounds(rankCount: mergeCount, scratch: scratch)
        for index in 0..<count - 1 {
            let rank = merges.rank(nodes[index].token, nodes[index + 1].token)
            nodes[index].rank = rank
            if rank != MergeTable.none { queue.push(rank, Int32(index)) }
        }

        while var round = queue.popLowest() {
            let rank = round.rank
            while let position = queue.next(&round) {
                // The pair may have changed or gone since it was entered.
                guard nodes[Int(position)].rank == rank else { continue }
                let right = Int(nodes[Int(position)].next)
                let after = nodes[right].next
                nodes[right].rank = MergeTable.none
                nodes[Int(position)].token = made[Int(rank)]
                nodes[Int(position)].next = after
                nodes[Int(position)].rank = MergeTable.none
                var lowest = MergeTable.none
                if after >= 0 {
                    nodes[Int(after)].previous = position
                    lowest = enter(position, after, nodes, &queue)
                }
                let before = nodes[Int(position)].previous
                if before >= 0 { lowest = min(lowest, enter(before, position, nodes, &queue)) }
                if lowest < rank {
                    // A merge of lower rank came up; it goes before the rest of this round.
                    queue.pushRest(of: round)
                    break
                }
            }
        }

        var written = 0
        var position: Int32 = 0
        while position >= 0 {
            tokens[written] = nodes[Int(position)].token
            written += 1
            position = nodes[Int(position)].next
        }
        return written
    }

    @inline(__always)
    private func enter(
        _ left: Int32, _ right: Int32, _ nodes: UnsafeMutablePointer<LongPieceScratch.Node>,
        _ queue: inout MergeRounds
    ) -> UInt32 {
        let rank = merges.rank(nodes[Int(left)].token, nodes[Int(right)].token)
        nodes[Int(left)].rank = rank
        if rank != MergeTable.none { queue.push(rank, left) }
        return rank
    }
}
