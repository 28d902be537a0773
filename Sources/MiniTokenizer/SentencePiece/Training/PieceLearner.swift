/// Learns merges as SentencePiece's BPE trainer does.
///
/// The most frequent pair merges first; of equals the shorter piece in characters, then the one
/// whose bytes come first. A piece that exists already (`a` + `aa` after `aa` + `a`) is skipped
/// and its pair stays apart. Pairs that no longer occur merge last, as in the reference.
struct PieceLearner {
    private struct Symbol {
        var left: Int32 = -1
        var right: Int32 = -1
        var frequency = 0
        /// The first and the last of the pair's places, or -1.
        var firstPlace: Int32 = -1
        var lastPlace: Int32 = -1
        var isActive = true
        var isPending = false
    }

    /// Where a pair stood when it was found: places of its two symbols in ``text``.
    private struct Place {
        var left: Int32
        var right: Int32
        var next: Int32
    }

    private let rules: PieceRules
    private var symbols: [Symbol] = []
    /// The scalars of each symbol; the piece's bytes come from them.
    private var pieces: [[UInt32]] = []
    private var symbolOfScalar: [UInt32: Int32] = [:]
    /// Pairs to symbols; -1 is a pair that may not merge.
    private var symbolOfPair: [UInt64: Int32] = [:]
    private var places: [Place] = []
    private var pending: [Int32] = []
    private var queue = PieceQueue()
    private var made = Set<[UInt32]>()

    /// All words, one after the other: the symbol at each place, or -1 where one was merged away.
    private var text: [Int32] = []
    private var weight: [Int] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []

    /// - Parameter alphabet: the characters that may be part of pieces.
    init(_ words: [(word: [UInt32], count: Int)], alphabet: Set<UInt32>, rules: PieceRules) {
        self.rules = rules
        for (word, count) in words {
            for (index, scalar) in word.enumerated() {
                let place = Int32(text.count)
                text.append(symbol(of: alphabet.contains(scalar) ? scalar : PieceRules.unknown))
                weight.append(count)
                previous.append(index == 0 ? -1 : place - 1)
                next.append(index == word.count - 1 ? -1 : place + 1)
            }
        }
        for place in 0..<Int32(text.count) where next[Int(place)] >= 0 {
            addPair(place, place + 1)
        }
        pushPending()
    }

    private mutating func symbol(of scalar: UInt32) -> Int32 {
        if let symbol = symbolOfScalar[scalar] { return symbol }
        let symbol = Int32(symbols.count)
        symbolOfScalar[scalar] = symbol
        symbols.append(Symbol())
        pieces.append([scalar])
        return symbol
    }

    /// The symbol of two symbols, or -1 when they may not merge.
    private mutating func symbol(of left: Int32, _ right: Int32) -> Int32 {
        let pair = UInt64(UInt32(left)) << 32 | UInt64(UInt32(right))
        if let symbol = symbolOfPair[pair] { return symbol }
        let piece = pieces[Int(left)] + pieces[Int(right)]
        guard rules.allows(piece) else {
            symbolOfPair[pair] = -1
            return -1
        }
        let symbol = Int32(symbols.count)
        symbolOfPair[pair] = symbol
        symbols.append(Symbol(left: left, right: right))
        pieces.append(piece)
        return symbol
    }

    private mutating func addPair(_ left: Int32, _ right: Int32) {
        guard left >= 0, right >= 0 else { return }
        let symbol = Int(symbol(of: text[Int(left)], text[Int(right)]))
        guard symbol >= 0, symbols[symbol].isActive else { return }
        let place = Int32(places.count)
        places.append(Place(left: left, right: right, next: -1))
        // Places stay in order: of overlapping pairs the first must merge.
        if symbols[symbol].lastPlace >= 0 {
            places[Int(symbols[symbol].lastPlace)].next = place
        } else {
            symbols[symbol].firstPlace = place
        }
        symbols[symbol].lastPlace = place
        symbols[symbol].frequency += weight[Int(left)]
        if !symbols[symbol].isPending {
            symbols[symbol].isPending = true
            pending.append(Int32(symbol))
        }
    }

    private mutating func removePair(_ left: Int32, _ right: Int32, unless best: Int) {
        guard left >= 0, right >= 0 else { return }
        let symbol = Int(symbol(of: text[Int(left)], text[Int(right)]))
        guard symbol >= 0, symbol != best, symbols[symbol].isActive else { return }
        symbols[symbol].frequency -= weight[Int(left)]
    }

    private mutating func pushPending() {
        for symbol in pending {
            symbols[Int(symbol)].isPending = false
            push(symbol)
        }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func push(_ symbol: Int32) {
        queue.push(symbols[Int(symbol)].frequency, symbol, pieces[Int(symbol)])
    }

    /// Merges the next pair everywhere: its parts and the piece it makes, in scalars, and how
    /// often it stood in the text; `nil` when no pair is left.
    mutating func mergeNext() -> (left: [UInt32], right: [UInt32], piece: [UInt32], count: Int)? {
        while let (frequency, index) = queue.pop(pieces) {
            let symbol = symbols[Int(index)]
            guard symbol.isActive else { continue }
            if symbol.frequency != frequency {
                // It has become rarer since it was put there; a frequent one has another entry.
                if symbol.frequency < frequency { push(index) }
                continue
            }
            symbols[Int(index)].isActive = false
            let piece = pieces[Int(index)]
            guard made.insert(piece).inserted else { continue }
            merge(Int(index))
            pushPending()
            return (pieces[Int(symbol.left)], pieces[Int(symbol.right)], piece, frequency)
        }
        return nil
    }

    private mutating func merge(_ best: Int) {
        let (left, right) = (symbols[best].left, symbols[best].right)
        var index = symbols[best].firstPlace
        while index >= 0 {
            let place = places[Int(index)]
            index = place.next
            guard text[Int(place.left)] == left, text[Int(place.right)] == right else { continue }
            let after = next[Int(place.right)]
            let before = previous[Int(place.left)]
            removePair(before, place.left, unless: best)
            removePair(place.right, after, unless: best)
            text[Int(place.left)] = Int32(best)
            text[Int(place.right)] = -1
            next[Int(place.left)] = after
            if after >= 0 { previous[Int(after)] = place.left }
            addPair(before, place.left)
            addPair(place.left, after)
        }
    }
}

/// A heap of pieces: most frequent first, then the shortest, then the first by its scalars, which
/// is the order of UTF-8 bytes.
private struct PieceQueue {
    private struct Entry {
        var frequency: Int
        var length: Int32
        var symbol: Int32
    }

    private var heap: [Entry] = []

    private static func precedes(_ one: Entry, _ other: Entry, _ pieces: [[UInt32]]) -> Bool {
        if one.frequency != other.frequency { return one.frequency > other.frequency }
        if one.length != other.length { return one.length < other.length }
        if one.symbol == other.symbol { return false }
        let (first, second) = (pieces[Int(one.symbol)], pieces[Int(other.symbol)])
        for index in 0..<first.count where first[index] != second[index] {
            return first[index] < second[index]
        }
        return one.symbol < other.symbol
    }

    mutating func push(_ frequency: Int, _ symbol: Int32, _ piece: [UInt32]) {
        waiting.append(
            Entry(frequency: frequency, length: Int32(piece.count), symbol: symbol))
    }

    /// What was pushed since the last `pop`; it enters the heap when the pieces are at hand.
    private var waiting: [Entry] = []

    mutating func pop(_ pieces: [[UInt32]]) -> (frequency: Int, symbol: Int32)? {
        if heap.isEmpty {
            heap = waiting
            waiting.removeAll(keepingCapacity: true)
            heap.sort { Self.precedes($0, $1, pieces) }
        }
        for entry in waiting { insert(entry, pieces) }
        waiting.removeAll(keepingCapacity: true)
        guard let last = heap.popLast() else { return nil }
        guard let top = heap.first else { return (last.frequency, last.symbol) }
        var index = 0
        while true {
            var child = index * 2 + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, Self.precedes(heap[child + 1], heap[child], pieces) {
                child += 1
            }
            guard Self.precedes(heap[child], last, pieces) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
        return (top.frequency, top.symbol)
    }

    private mutating func insert(_ entry: Entry, _ pieces: [[UInt32]]) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard Self.precedes(entry, heap[parent], pieces) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }
}
