import Foundation

/// The error of `value` in units in the last place of `reference`: the distance between the two
/// floats around it. Both NaN, or the same infinity, is no error.
func ulps(_ value: Float, from reference: Double) -> Double {
    if reference.isNaN || value.isNaN {
        return reference.isNaN && value.isNaN ? 0 : .infinity
    }
    let rounded = Float(reference)
    if rounded.isInfinite || value.isInfinite { return rounded == value ? 0 : .infinity }
    let exponent = max(reference == 0 ? -126 : reference.exponent, -126)
    return abs(Double(value) - reference) / scalbn(1, Int(exponent) - 23)
}

/// The largest error in ULP over two arrays.
func worstUlps(_ values: [Float], from references: [Double]) -> Double {
    precondition(values.count == references.count, "Every value needs its reference.")
    return zip(values, references).reduce(0) { max($0, ulps($1.0, from: $1.1)) }
}

/// Equal bits, or both NaN: the sign and payload of a NaN mean nothing.
func same(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count
        && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
}

/// A small generator (SplitMix64, Steele et al. 2014) so that every run tests the same numbers.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Uniform numbers of a range.
    mutating func uniform(_ count: Int, _ range: ClosedRange<Float> = -3...3) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }

    /// Numbers whose logarithm is uniform: as many of every magnitude.
    mutating func logarithmic(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
        let low = log(Double(range.lowerBound)), high = log(Double(range.upperBound))
        return (0..<count).map { _ in Float(exp(Double.random(in: low...high, using: &self))) }
    }
}
