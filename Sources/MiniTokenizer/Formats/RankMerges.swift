/// Finds the merge that makes each token of a rank file.
struct RankMerges {
    let tokens: TokenStore
    let ofByte: [Int32]
    let file: String

    func derive(
        isRanked: (Int32) -> Bool
    ) throws(TokenizerError) -> ([BytePairMerge], MergeTable) {
        var table = MergeTable(capacity: tokens.count)
        var merges: [BytePairMerge] = []
        merges.reserveCapacity(tokens.count)
        var parts: [Int32] = []
        var work = 0
        for id in 0..<Int32(tokens.count) where isRanked(id) {
            guard let range = tokens.range(of: id), range.count > 1 else { continue }
            parts = tokens.bytes[range].map { ofByte[Int($0)] }
            // Lowest rank first, leftmost of equals, among the merges found so far.
            while parts.count > 2 {
                var best = -1
                var lowest = UInt32.max
                for index in 0..<parts.count - 1 {
                    let rank = table.rank(parts[index], parts[index + 1])
                    if rank < lowest {
                        lowest = rank
                        best = index
                    }
                }
                work += parts.count
                if best < 0 { break }
                parts[best] = merges[Int(lowest)].made
                parts.remove(at: best + 1)
            }
            if parts.count > 2 { parts = try lastTwoParts(of: id, range, &work) }
            guard work < 1 << 31 else {
                throw .unsupported(
                    file: file, entry: "rank \(id)",
                    reason: "The tokens take too long to derive merges from.")
            }
            guard parts.count == 2 else { continue }
            table.insert(parts[0], parts[1], rank: UInt32(merges.count))
            merges.append(BytePairMerge(left: parts[0], right: parts[1], made: id))
        }
        return (merges, table)
    }

    /// The slow path for a token that lower ranks do not make: all ranks take part. An empty
    /// result means that only a piece that is this token as a whole becomes it.
    private func lastTwoParts(
        of id: Int32, _ range: Range<Int>, _ work: inout Int
    ) throws(TokenizerError) -> [Int32] {
        var parts = tokens.bytes[range].map { (token: ofByte[Int($0)], length: 1) }
        while parts.count > 2 {
            var best = -1
            var lowest = Int32.max
            var start = range.lowerBound
            for index in 0..<parts.count - 1 {
                let length = parts[index].length + parts[index + 1].length
                let found = tokens.find(Array(tokens.bytes[start..<start + length]))
                work += length
                if let found, found < lowest {
                    lowest = found
                    best = index
                }
                start += parts[index].length
            }
            guard work < 1 << 31, best >= 0 else { return [] }
            parts[best] = (lowest, parts[best].length + parts[best + 1].length)
            parts.remove(at: best + 1)
        }
        return parts.map(\.token)
    }
}
