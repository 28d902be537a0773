import Foundation

/// All different sequences of one length in a text, in alphabetical order: a level of a trie, as
/// rows of numbers.
///
/// The sequences of the next level that continue sequence i are those from `children[i]` up to
/// `children[i + 1]`, in the order of their last bytes.
struct NGramLevel: Sendable {
    /// The last byte of each sequence.
    var bytes: [UInt8] = []
    /// How often each occurs.
    var counts: [UInt32] = []
    /// Where its continuations begin; one more than there are sequences. Empty on the last level.
    var children: [UInt32] = []
    /// How often each is continued: its count, but for the end of the text.
    var continued: [UInt32] = []

    /// The place of the sequence that continues sequence `place` of this level, in the next one.
    func child(of place: Int, _ byte: UInt8, in next: NGramLevel) -> Int? {
        var (low, high) = (Int(children[place]), Int(children[place + 1]))
        while low < high {
            let middle = (low + high) / 2
            if next.bytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return low < Int(children[place + 1]) && next.bytes[low] == byte ? low : nil
    }

    /// The levels 0 to `order`.
    static func all(order: Int, text: [UInt8]) -> [NGramLevel] {
        let keys = sorted(packed(text, order: order), order: order)
        var levels = [NGramLevel](repeating: NGramLevel(), count: order + 1)
        levels[0].bytes = [0]
        levels[0].counts = [UInt32(text.count)]
        levels[0].children = [0]
        var previous: UInt64?
        for key in keys {
            add(key, after: previous, to: &levels)
            previous = key
        }
        for level in 0..<order {
            levels[level].children.append(UInt32(levels[level + 1].bytes.count))
            let (children, counts) = (levels[level].children, levels[level + 1].counts)
            levels[level].continued = levels[level].bytes.indices.map { place in
                counts[Int(children[place])..<Int(children[place + 1])].reduce(0, +)
            }
        }
        return levels
    }

    /// The bytes from each place on, as many as the order: nine bits each, 0 after the end, the first
    /// one highest. Their order as numbers is their alphabetical one.
    private static func packed(_ text: [UInt8], order: Int) -> [UInt64] {
        let mask = (UInt64(1) << UInt64(digitBits * order)) - 1
        var keys = [UInt64](repeating: 0, count: text.count)
        var key: UInt64 = 0
        for place in 0..<(text.count + order - 1) {
            let symbol = place < text.count ? UInt64(text[place]) + 1 : 0
            key = (key << UInt64(digitBits) | symbol) & mask
            let start = place - order + 1
            if start >= 0 { keys[start] = key }
        }
        return keys
    }

    private static let digitBits = 9

    /// Sorts digit by digit from the lowest on, keeping the order of equals: linear in their number.
    private static func sorted(_ keys: [UInt64], order: Int) -> [UInt64] {
        var keys = keys
        var moved = keys
        let digits = 1 << digitBits
        for digit in 0..<order {
            let shift = UInt64(digitBits * digit)
            var places = [Int](repeating: 0, count: digits + 1)
            for key in keys { places[Int(key >> shift) & (digits - 1) + 1] += 1 }
            for value in 1...digits { places[value] += places[value - 1] }
            for key in keys {
                let value = Int(key >> shift) & (digits - 1)
                moved[places[value]] = key
                places[value] += 1
            }
            swap(&keys, &moved)
        }
        return keys
    }

    /// Counts a key at every level; it begins a new sequence from the first byte on that differs from
    /// the key before it.
    private static func add(
        _ key: UInt64, after previous: UInt64?, to levels: inout [NGramLevel]
    ) {
        let order = levels.count - 1
        var isNew = false
        for level in 1...order {
            let shift = UInt64(digitBits * (order - level))
            let symbol = (key >> shift) & 0x1FF
            if symbol == 0 { return }
            if !isNew { isNew = previous.map { key >> shift != $0 >> shift } ?? true }
            if isNew {
                levels[level].bytes.append(UInt8(symbol - 1))
                levels[level].counts.append(0)
                if level < order {
                    levels[level].children.append(UInt32(levels[level + 1].bytes.count))
                }
            }
            levels[level].counts[levels[level].counts.count - 1] += 1
        }
    }
}

/// Reads a text byte by byte and knows the sequences that end where it is.
struct NGramReader {
    private let model: NGramModel
    /// The place of the last k bytes in level k, as long as they were seen together.
    private var places: [Int?]

    /// At the beginning of a text.
    init(_ model: NGramModel) {
        self.model = model
        places = [Int?](repeating: nil, count: model.order)
        places[0] = 0
    }

    /// Goes one byte on. The last k bytes are the last k − 1 from before and the new one.
    mutating func read(_ byte: UInt8) {
        for length in stride(from: model.order - 1, to: 0, by: -1) {
            places[length] = places[length - 1].flatMap { place in
                model.levels[length - 1].child(of: place, byte, in: model.levels[length])
            }
        }
    }

    /// The probability of a byte here, for each order from 1 on.
    func probabilities(of byte: UInt8) -> [Double] {
        var result: [Double] = []
        forEachOrder(byte) { result.append($0) }
        return result
    }

    /// Adds the bits of a byte to the sum of each order.
    func addBits(of byte: UInt8, to sums: inout [Double]) {
        var order = 0
        forEachOrder(byte) { probability in
            sums[order] -= log2(probability)
            order += 1
        }
    }

    private func forEachOrder(_ byte: UInt8, _ body: (Double) -> Void) {
        var probability = 1.0 / 256
        for length in 0..<model.order {
            if let place = places[length] {
                let level = model.levels[length]
                let kinds = Double(level.children[place + 1] - level.children[place])
                let seen = Double(level.continued[place])
                if kinds > 0 {
                    let child = level.child(of: place, byte, in: model.levels[length + 1])
                    let count = child.map { Double(model.levels[length + 1].counts[$0]) } ?? 0
                    probability = (count + kinds * probability) / (seen + kinds)
                }
            }
            body(probability)
        }
    }
}
