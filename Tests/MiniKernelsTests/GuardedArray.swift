import Testing

/// Floats with guards on both sides: NaN of a payload that no kernel produces. A kernel that reads
/// beyond its input turns its result into NaN, and one that writes beyond its output is caught by
/// `values`. `offset` moves the first element away from an aligned address.
final class GuardedArray {
    private static let guardValue = Float(bitPattern: 0x7fc0_dead)
    private static let guardCount = 24

    private var storage: [Float]
    private let start: Int
    let count: Int

    init(_ values: [Float], offset: Int = 0) {
        let guards = [Float](repeating: Self.guardValue, count: Self.guardCount)
        start = Self.guardCount + offset
        count = values.count
        storage =
            guards + [Float](repeating: Self.guardValue, count: offset) + values + guards
    }

    convenience init(count: Int, offset: Int = 0) {
        self.init([Float](repeating: Self.guardValue, count: count), offset: offset)
    }

    func withPointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        storage.withUnsafeMutableBufferPointer { body($0.baseAddress! + start) }
    }

    /// The elements; records an issue when a guard was overwritten.
    func values(_ sourceLocation: SourceLocation = #_sourceLocation) -> [Float] {
        let guards = storage[..<start] + storage[(start + count)...]
        #expect(
            guards.allSatisfy { $0.bitPattern == Self.guardValue.bitPattern },
            "The kernel wrote outside its output.", sourceLocation: sourceLocation)
        return Array(storage[start..<(start + count)])
    }
}
