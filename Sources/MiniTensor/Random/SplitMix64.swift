import Foundation

/// A small, fast random number generator whose whole state is one number.
///
/// The same seed gives the same numbers everywhere, and `state` can be saved and restored.
/// (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.)
public struct SplitMix64: RandomNumberGenerator, Sendable, Codable, Equatable {
    /// All there is to know about the generator.
    public var state: UInt64

    /// A generator that starts at `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A generator for a part of the work, independent of this one and of the other parts.
    public func split(_ part: UInt64) -> SplitMix64 {
        var mixer = SplitMix64(seed: state ^ (part &+ 1) &* 0xD1B5_4A32_D192_ED03)
        return SplitMix64(seed: mixer.next())
    }
}

extension RandomNumberGenerator {
    /// A number in `0..<1`, a multiple of 2⁻²⁴.
    public mutating func nextUniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// Two independent numbers of the standard normal distribution, by Box and Muller's formula.
    public mutating func nextNormalPair() -> (Float, Float) {
        let bits = next()
        // (0, 1] for the logarithm, [0, 1) for the angle: 32 bits each.
        let u = (Double(bits >> 32) + 1) * 0x1p-32
        let angle = 2 * Double.pi * Double(bits & 0xFFFF_FFFF) * 0x1p-32
        let radius = (-2 * log(u)).squareRoot()
        return (Float(radius * cos(angle)), Float(radius * sin(angle)))
    }
}
