/// Learns merges from counted words: the most frequent pair first; of equally frequent pairs the
/// one with the smaller left id, then the smaller right id.
///
/// The order of ties, the alphabet and the counting of overlapping pairs (`aaa` holds `aa` twice)
/// are those of Hugging Face's `BpeTrainer`, so the merges are the same. Counts are 64-bit here;
/// `BpeTrainer` counts pairs in 32 bits and overflows on corpora of billions of words.
struct MergeLearner {
    /// A word is a range of `symbols`; merging shortens it in place.
    private struct Word {
        var start: Int
        var length: Int32
        var count: Int
    }

    /// A node of the list of words in which a pair occurs.
    private struct Occurrence {
        var word: Int32
        var next: Int32
    }

    private struct Pair {
        var left: Int32
        var right: Int32
        var count: Int
        /// The first of the pair's words, or -1.
        var words: Int32
        /// The word entered last: a pair that occurs twice in a word is entered once.
        var lastWord: Int32
    }

    private var symbols: [Int32] = []
    private var words: [Word] = []
    private var pairs: [Pair] = []
    private var occurrences: [Occurrence] = []
    private var pairTable: PairIndex
    private var queue = MergeQueue()
    /// Pairs that got occurrences from the current merge.
    private var touched: [Int32] = []

    /// One step of training.
    struct Step {
        var merge: BytePairMerge
        var count: Int
    }

    /// Prepares counted words, in any order, given as bytes.
    init(_ counter: borrowing WordCounter, ofByte: [Int32]) {
        pairTable = PairIndex(capacity: 4096)
        words.reserveCapacity(counter.distinctCount)
        var symbols: [Int32] = []
        var words: [Word] = []
        counter.forEach { bytes, count in
            guard bytes.count > 1 else { return }
            words.append(Word(start: symbols.count, length: Int32(bytes.count), count: count))
            for byte in bytes { symbols.append(ofByte[Int(byte)]) }
        }
        self.symbols = symbols
        self.words = words
        for index in words.indices {
            let word = words[index]
            for position in word.start..<word.start + Int(word.length) - 1 {
                change(symbols[position], symbols[position + 1], by: word.count, in: Int32(index))
            }
        }
        touched = []
        for index in pairs.indices where pairs[index].count > 0 {
            queue.append(pairs[index].count, pairs[index].left, pairs[index].right, Int32(index))
        }
        queue.orderAll()
    }

    /// The most frequent pair, or `nil` when none occurs `minimum` times.
    mutating func mostFrequentPair(minimum: Int) -> (left: Int32, right: Int32, index: Int32)? {
        while let top = queue.popHighest() {
            let count = pairs[Int(top.pair)].count
            if count != top.count {
                // Counts only fall while a pair waits; it goes back to where it belongs now.
                if count > 0 { queue.push(count, top.left, top.right, top.pair) }
                continue
            }
            guard count >= max(minimum, 1) else { return nil }
            return (top.left, top.right, top.pair)
        }
        return nil
    }

    /// Replaces a pair by a new token in all words; returns how often the pair occurred.
    mutating func merge(pair index: Int32, into made: Int32) -> Int {
        let (left, right) = (pairs[Int(index)].left, pairs[Int(index)].right)
        let count = pairs[Int(index)].count
        touched.removeAll(keepingCapacity: true)
        var node = pairs[Int(index)].words
        pairs[Int(index)].words = -1
        while node >= 0 {
            let occurrence = occurrences[Int(node)]
            merge(left, right, into: made, inWord: Int(occurrence.word))
            node = occurrence.next
        }
        for pair in touched where pairs[Int(pair)].count > 0 {
            let entry = pairs[Int(pair)]
            queue.push(entry.count, entry.left, entry.right, pair)
        }
        return count
    }

    private mutating func merge(
        _ left: Int32, _ right: Int32, into made: Int32, inWord index: Int
    ) {
        let word = words[index]
        let end = word.start + Int(word.length)
        var read = word.start
        var write = word.start
        while read < end {
            guard read + 1 < end, symbols[read] == left, symbols[read + 1] == right else {
                symbols[write] = symbols[read]
                read += 1
                write += 1
                continue
            }
            if write > word.start {
                let before = symbols[write - 1]
                change(before, left, by: -word.count, in: Int32(index))
                change(before, made, by: word.count, in: Int32(index))
            }
            if read + 2 < end {
                let after = symbols[read + 2]
                change(right, after, by: -word.count, in: Int32(index))
                change(made, after, by: word.count, in: Int32(index))
            }
            symbols[write] = made
            read += 2
            write += 1
        }
        words[index].length = Int32(write - word.start)
    }

    @inline(__always)
    private mutating func change(_ left: Int32, _ right: Int32, by count: Int, in word: Int32) {
        let index = pairTable.index(of: MergeTable.pair(left, right), new: Int32(pairs.count))
        if Int(index) == pairs.count {
            pairs.append(Pair(left: left, right: right, count: 0, words: -1, lastWord: -1))
        }
        pairs[Int(index)].count += count
        guard count > 0, pairs[Int(index)].lastWord != word else { return }
        if pairs[Int(index)].words < 0 { touched.append(index) }
        occurrences.append(Occurrence(word: word, next: pairs[Int(index)].words))
        pairs[Int(index)].words = Int32(occurrences.count - 1)
        pairs[Int(index)].lastWord = word
    }
}

/// Numbers pairs in the order of arrival.
private struct PairIndex {
    private struct Entry {
        var pair: UInt64
        var index: Int32
    }

    private var entries: [Entry]
    private var count = 0
    private var shift: UInt64

    init(capacity: Int) {
        var bits: UInt64 = 4
        while (1 << bits) < capacity { bits += 1 }
        entries = [Entry](repeating: Entry(pair: .max, index: -1), count: 1 << bits)
        shift = 64 - bits
    }

    @inline(__always)
    private func slot(_ pair: UInt64) -> Int {
        Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// The number of a pair; a pair that is not there yet gets `new`.
    @inline(__always)
    mutating func index(of pair: UInt64, new: Int32) -> Int32 {
        let mask = entries.count - 1
        var slot = slot(pair)
        while entries[slot].index >= 0 {
            if entries[slot].pair == pair { return entries[slot].index }
            slot = (slot + 1) & mask
        }
        entries[slot] = Entry(pair: pair, index: new)
        count += 1
        if count * 2 > entries.count { grow() }
        return new
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(pair: .max, index: -1), count: old.count * 2)
        shift -= 1
        let mask = entries.count - 1
        for entry in old where entry.index >= 0 {
            var slot = slot(entry.pair)
            while entries[slot].index >= 0 { slot = (slot + 1) & mask }
            entries[slot] = entry
        }
    }
}

/// A heap of pairs: highest count first, then smallest ids.
private struct MergeQueue {
    struct Entry {
        var count: Int
        var left: Int32
        var right: Int32
        var pair: Int32

        @inline(__always)
        func precedes(_ other: Entry) -> Bool {
            if count != other.count { return count > other.count }
            return left != other.left ? left < other.left : right < other.right
        }
    }

    private var heap: [Entry] = []

    mutating func append(_ count: Int, _ left: Int32, _ right: Int32, _ pair: Int32) {
        heap.append(Entry(count: count, left: left, right: right, pair: pair))
    }

    mutating func orderAll() {
        // A sorted array is a heap.
        heap.sort { $0.precedes($1) }
    }

    mutating func push(_ count: Int, _ left: Int32, _ right: Int32, _ pair: Int32) {
        let entry = Entry(count: count, left: left, right: right, pair: pair)
        heap.append(entry)
        heap.withUnsafeMutableBufferPointer { heap in
            var index = heap.count - 1
            while index > 0 {
                let parent = (index - 1) / 2
                guard entry.precedes(heap[parent]) else { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = entry
        }
    }

    mutating func popHighest() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let top = heap.first else { return last }
        heap.withUnsafeMutableBufferPointer { heap in
            var index = 0
            while true {
                var child = index * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
                guard heap[child].precedes(last) else { break }
                heap[index] = heap[child]
                index = child
            }
            heap[index] = last
        }
        return top
    }
}
