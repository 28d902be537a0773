/// A set of Unicode scalars: inclusive ranges that are sorted, apart from each other and not empty.
struct ScalarSet: Hashable, Sendable {
    /// First and last scalar of each range, one after the other.
    private(set) var bounds: [UInt32] = []

    private static let last: UInt32 = 0x10FFFF

    static let all = ScalarSet(0...last)
    static let empty = ScalarSet()

    init() {}

    init(_ range: ClosedRange<UInt32>) { bounds = [range.lowerBound, range.upperBound] }

    init(_ scalars: Unicode.Scalar...) {
        self.init(ranges: scalars.map { $0.value...$0.value })
    }

    /// The union of ranges in any order.
    init(ranges: [ClosedRange<UInt32>]) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            append(range.lowerBound, range.upperBound)
        }
    }

    /// Ranges as pairs of first and last scalar, in ascending order.
    init(sortedBounds: [UInt32]) { bounds = sortedBounds }

    /// Adds a range that begins at or after the last one.
    private mutating func append(_ first: UInt32, _ last: UInt32) {
        if let end = bounds.last, first <= end || first == end + 1 {
            bounds[bounds.count - 1] = max(end, last)
        } else {
            bounds += [first, last]
        }
    }

    var ranges: [ClosedRange<UInt32>] {
        stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]...bounds[$0 + 1] }
    }

    var inverted: ScalarSet {
        var result = ScalarSet()
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.bounds += [next, range.lowerBound - 1] }
            next = range.upperBound + 1
        }
        if next <= Self.last { result.bounds += [next, Self.last] }
        return result
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges: ranges + other.ranges) }

    func intersection(_ other: ScalarSet) -> ScalarSet {
        inverted.union(other.inverted).inverted
    }

    func contains(_ scalar: UInt32) -> Bool {
        // The number of bounds at or below the scalar: odd within a range, but for a last scalar.
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= scalar { low = middle + 1 } else { high = middle }
        }
        return low > 0 && (low % 2 == 1 || bounds[low - 1] == scalar)
    }
}
