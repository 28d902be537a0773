/// Unigram encoding: the pieces with the highest sum of scores (Kudo 2018), found by Viterbi's
/// algorithm over the bytes of the text.
///
/// It repeats `EncodeOptimized` of the reference, whose sums are of single precision: the same
/// additions in the same order, so that ties and near-ties fall alike.
struct UnigramEncoder {
    let vocabulary: PieceVocabulary
    let trie: PieceTrie
    let lowestScore: Float

    private static let unknownPenalty: Float = 10
    /// Sums are set back when they leave this range, so that they keep their precision.
    private static let largestSum: Float = 100_000

    /// The best way to end at a place.
    private struct End {
        var id: Int32 = -1
        var score: Float = 0
        var start: Int32 = -1
    }

    func encode(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> [EncodedPiece] {
        guard count > 0 else { return [] }
        let unknownScore = lowestScore - Self.unknownPenalty
        var ends = [End](repeating: End(), count: count + 1)
        ends.withUnsafeMutableBufferPointer { ends in
            vocabulary.scores.withUnsafeBufferPointer { scores in
                vocabulary.kinds.withUnsafeBufferPointer { kinds in
                    search(bytes, count, ends, scores, kinds, unknownScore)
                }
            }
        }
        var pieces: [EncodedPiece] = []
        var end = count
        while end > 0 {
            let start = Int(ends[end].start)
            pieces.append(EncodedPiece(start: start, end: end, id: ends[end].id))
            end = start
        }
        pieces.reverse()
        return pieces
    }

    private func search(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ ends: UnsafeMutableBufferPointer<End>,
        _ scores: UnsafeBufferPointer<Float>, _ kinds: UnsafeBufferPointer<PieceKind>,
        _ unknownScore: Float
    ) {
        var frontier = 0
        var start = 0
        while start < count {
            var before = ends[start].score
            if before < -Self.largestSum || before > Self.largestSum {
                let offset = before
                for index in start...frontier where index == start || ends[index].start >= 0 {
                    ends[index].score -= offset
                }
                before = 0
            }
            let length = characterLength(bytes, start, count)
            var hasCharacter = false
            trie.forEachPiece(at: start, in: bytes, count) { end, id in
                let kind = kinds[Int(id)]
                if kind == .unused { return true }
                frontier = max(frontier, end)
                // Text that is always one piece scores above all sums of normal pieces.
                let score =
                    kind == .userDefined
                    ? Float(0.1 * Double(end - start - 1)) : scores[Int(id)]
                let sum = score + before
                if ends[end].start < 0 || sum > ends[end].score {
                    ends[end] = End(id: id, score: sum, start: Int32(start))
                }
                if end - start == length { hasCharacter = true }
                return true
            }
            if !hasCharacter {
                let end = start + length
                frontier = max(frontier, end)
                let sum = unknownScore + before
                if ends[end].start < 0 || sum > ends[end].score {
                    ends[end] = End(id: vocabulary.unknown, score: sum, start: Int32(start))
                }
            }
            start += length
        }
    }
}
