/// Numbers for self-tests, the same at every run.
package struct TestNumbers {
    private var generator: SplitMix64

    package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// Numbers between −1 and 1, or as far as `scale`.
    package mutating func array(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in Float.random(in: -scale...scale, using: &generator) }
    }

    /// Ids below a number.
    package mutating func ids(_ count: Int, below limit: Int) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(limit), using: &generator) }
    }
}

/// The largest difference of two arrays, as a share of the largest reference.
package func worstDifference(_ values: [Float], from references: [Double]) -> Double {
    guard values.count == references.count else { return .infinity }
    let size = references.reduce(1e-30) { max($0, abs($1)) }
    return zip(values, references).reduce(0) { worst, pair in
        let difference = abs(Double(pair.0) - pair.1) / size
        // A difference that is not a number is as large as can be.
        return difference <= worst ? worst : difference.isNaN ? .infinity : difference
    }
}
