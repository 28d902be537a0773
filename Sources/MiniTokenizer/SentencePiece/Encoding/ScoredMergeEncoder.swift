/// Byte-pair encoding in SentencePiece's manner: of all neighbours that together are a piece, the
/// pair with the highest score merges first, the leftmost of equals.
final class ScoredMergeEncoder {
    private struct Symbol {
        var start: Int32
        var length: Int32
        var previous: Int32
        var next: Int32
        /// A user-defined symbol: it never merges.
        var isFrozen: Bool
    }

    /// Two neighbours that may merge. Stale when one of them has changed since.
    private struct Pair {
        /// Smaller is merged earlier: the score, turned round, and the place.
        var key: UInt64
        var right: Int32
        var length: Int32
    }

    private let vocabulary: PieceVocabulary
    private var symbols: [Symbol] = []
    private var heap: [Pair] = []
    /// For pieces that are not used: where the piece they stand for was put together. By bytes,
    /// since the same bytes elsewhere in the text come apart at the same place.
    private var partsOfUnused: [ArraySlice<UInt8>: Int] = [:]

    /// As in the reference: deeper nesting stays in one piece.
    private static let deepestSplit = 100

    init(_ vocabulary: PieceVocabulary) { self.vocabulary = vocabulary }

    /// Encodes a normalised text.
    func encode(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> [EncodedPiece] {
        var result: [EncodedPiece] = []
        result.reserveCapacity(count / 3 + 8)
        // Without a space mark inside pieces no merge crosses the start of a word, and words are
        // short. Unused pieces are taken apart by what stands anywhere in the text.
        guard !vocabulary.hasInnerSpace, !vocabulary.hasUnused else {
            encode(bytes, 0, count, &result)
            return result
        }
        var start = 0
        while start < count {
            var end = start + 1
            while end < count, !isSpaceMark(bytes, end, count) { end += 1 }
            encode(bytes, start, end, &result)
            start = end
        }
        return result
    }

    @inline(__always)
    private func isSpaceMark(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> Bool {
        bytes[index] == 0xE2 && index + 2 < count && bytes[index + 1] == 0x96
            && bytes[index + 2] == 0x81
    }

    private func encode(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ result: inout [EncodedPiece]
    ) {
        let base = bytes + start
        let count = end - start
        if !vocabulary.hasUnused, vocabulary.userDefined == nil {
            // A word that is one character needs no symbols.
            if characterLength(base, 0, count) == count {
                result.append(EncodedPiece(start: start, end: end, id: found(base, count)))
                return
            }
        }
        split(base, count)
        heap.removeAll(keepingCapacity: true)
        if vocabulary.hasUnused { partsOfUnused.removeAll() }
        symbols.withUnsafeMutableBufferPointer { symbols in
            for left in 0..<Int32(max(symbols.count - 1, 0)) {
                add(left, left + 1, symbols, base)
            }
            while let pair = popFirst() {
                let left = Int(UInt32(truncatingIfNeeded: pair.key))
                let right = Int(pair.right)
                guard symbols[left].length > 0, symbols[right].length > 0,
                    symbols[left].length + symbols[right].length == pair.length
                else { continue }
                symbols[left].length = pair.length
                symbols[left].next = symbols[right].next
                symbols[right].length = 0
                if symbols[left].next >= 0 {
                    symbols[Int(symbols[left].next)].previous = Int32(left)
                }
                add(symbols[left].previous, Int32(left), symbols, base)
                add(Int32(left), symbols[left].next, symbols, base)
            }
            var index: Int32 = 0
            while index >= 0 {
                let symbol = symbols[Int(index)]
                let from = Int(symbol.start)
                emit(base, from, from + Int(symbol.length), start, 0, &result)
                index = symbol.next
            }
        }
    }

    @inline(__always)
    private func found(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int32 {
        let id = vocabulary.table.find(start, length)
        return id >= 0 ? id : vocabulary.unknown
    }

    /// Cuts the text into characters and user-defined symbols.
    private func split(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        symbols.removeAll(keepingCapacity: true)
        var start = 0
        while start < count {
            var length = vocabulary.userDefined?.longestMatch(at: start, in: bytes, count) ?? 0
            let isFrozen = length > 0
            if !isFrozen { length = characterLength(bytes, start, count) }
            let index = Int32(symbols.count)
            symbols.append(
                Symbol(
                    start: Int32(start), length: Int32(length), previous: index - 1,
                    next: index + 1, isFrozen: isFrozen))
            start += length
        }
        symbols[symbols.count - 1].next = -1
    }

    @inline(__always)
    private func add(
        _ left: Int32, _ right: Int32, _ symbols: UnsafeMutableBufferPointer<Symbol>,
        _ bytes: UnsafePointer<UInt8>
    ) {
        guard left >= 0, right >= 0 else { return }
        let first = symbols[Int(left)]
        let second = symbols[Int(right)]
        if first.isFrozen || second.isFrozen { return }
        let length = first.length + second.length
        let id = vocabulary.table.find(bytes + Int(first.start), Int(length))
        guard id >= 0 else { return }
        let bits = vocabulary.scores[Int(id)].bitPattern
        // Bits in the order of the numbers, then turned round: the highest score is the smallest.
        let ordered = bits >> 31 == 1 ? ~bits : bits | 1 << 31
        push(
            Pair(
                key: UInt64(~ordered) << 32 | UInt64(UInt32(left)), right: right, length: length))
        if vocabulary.hasUnused, vocabulary.kinds[Int(id)] == .unused {
            let piece = UnsafeBufferPointer(start: bytes + Int(first.start), count: Int(length))
            partsOfUnused[ArraySlice(piece)] = Int(first.length)
        }
    }

    private func emit(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ offset: Int, _ depth: Int,
        _ result: inout [EncodedPiece]
    ) {
        let id = found(bytes + start, end - start)
        if id >= 0, vocabulary.kinds[Int(id)] == .unused, depth <= Self.deepestSplit {
            let piece = UnsafeBufferPointer(start: bytes + start, count: end - start)
            if let length = partsOfUnused[ArraySlice(piece)] {
                emit(bytes, start, start + length, offset, depth + 1, &result)
                emit(bytes, start + length, end, offset, depth + 1, &result)
                return
            }
            result.append(
                EncodedPiece(start: offset + start, end: offset + end, id: vocabulary.unknown))
            return
        }
        result.append(EncodedPiece(start: offset + start, end: offset + end, id: id))
    }

    // MARK: Heap

    private func push(_ pair: Pair) {
        heap.append(pair)
        heap.withUnsafeMutableBufferPointer { heap in
            var index = heap.count - 1
            while index > 0 {
                let parent = (index - 1) / 2
                guard pair.key < heap[parent].key else { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = pair
        }
    }

    private func popFirst() -> Pair? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap.withUnsafeMutableBufferPointer { heap in
            var index = 0
            while true {
                var child = index * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
                guard heap[child].key < last.key else { break }
                heap[index] = heap[child]
                index = child
            }
            heap[index] = last
        }
        return first
    }
}
