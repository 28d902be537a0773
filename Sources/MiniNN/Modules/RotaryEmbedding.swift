import Foundation
import MiniTensor

/// Rotary positions: queries and keys are turned by angles that grow with their positions, so that they
/// compare by how far apart they are.
///
/// Su et al. 2021, "RoFormer". Pair i of a head turns by position·base^(−2i/dimensions). There are no
/// parameters.
///
///     let attention = MultiHeadAttention(
///         dimensions: 512, heads: 8, rotary: RotaryEmbedding(dimensions: 64), using: &generator)
public struct RotaryEmbedding: Sendable, Equatable {
    /// Numbers of a head that are turned, from the first on; the width of a head, or less.
    public let dimensions: Int
    /// Which numbers of a head make the pairs that are turned together.
    public let pairing: RotaryPairing
    /// By what a pair turns from one position to the next, in radians: `dimensions / 2` of them.
    public let frequencies: [Float]
    /// By what the turned numbers are multiplied: 1, but for YaRN.
    public let magnitude: Float

    /// Rotary positions as a model of Hugging Face's describes them.
    ///
    /// - Parameters:
    ///   - dimensions: numbers of a head that are turned; even.
    ///   - base: θ, `rope_theta`.
    ///   - scaling: how a model that was trained with a shorter context is stretched.
    ///   - pairing: which numbers make a pair.
    public init(
        dimensions: Int, base: Float = 10_000, scaling: RotaryScaling = .none,
        pairing: RotaryPairing = .halfSplit
    ) {
        precondition(
            dimensions > 0 && dimensions % 2 == 0,
            "Rotary positions turn pairs; \(dimensions) numbers are not a number of pairs.")
        precondition(base > 0, "The base of rotary positions must be above 0, not \(base).")
        // In Float, as models were trained.
        let plain = (0..<(dimensions / 2)).map { pair in
            1 / Float(pow(Double(base), Double(Float(2 * pair) / Float(dimensions))))
        }
        self.init(
            frequencies: scaling.applied(to: plain, base: base), pairing: pairing,
            magnitude: scaling.magnitude)
    }

    /// Rotary positions by frequencies from anywhere, such as a GGUF file's.
    ///
    /// - Parameters:
    ///   - frequencies: by what each pair turns from one position to the next, in radians.
    ///   - pairing: which numbers make a pair.
    ///   - magnitude: by what the turned numbers are multiplied.
    public init(
        frequencies: [Float], pairing: RotaryPairing = .halfSplit, magnitude: Float = 1
    ) {
        precondition(!frequencies.isEmpty, "Rotary positions need at least one frequency.")
        dimensions = 2 * frequencies.count
        self.frequencies = frequencies
        self.pairing = pairing
        self.magnitude = magnitude
    }

    /// Queries or keys, turned.
    ///
    /// - Parameters:
    ///   - x: `[batch, heads, time, headWidth]`; the result has the same shape.
    ///   - start: the position of the first.
    public func callAsFunction(_ x: Tensor, from start: Int = 0) -> Tensor {
        let (cosines, sines) = tables(start..<(start + x.dim(2)))
        return rotary(x, cosines: cosines, sines: sines, pairing: pairing)
    }

    /// The first heads of the packed result of a linear layer, turned where they lie side by side.
    func packed(_ x: Tensor, headWidth: Int, heads: Int) -> Tensor {
        let (cosines, sines) = tables(0..<x.dim(1))
        return rotaryPacked(
            x, width: headWidth, heads: heads, cosines: cosines, sines: sines, pairing: pairing)
    }

    /// Cosines and sines of all angles: each `[positions, dimensions / 2]`.
    public func tables(_ positions: Range<Int>) -> (cosines: Tensor, sines: Tensor) {
        let angles = Tensor(positions, shape: [positions.count, 1]) * Tensor(frequencies)
        let (cosines, sines) = (cos(angles), sin(angles))
        return magnitude == 1 ? (cosines, sines) : (cosines * magnitude, sines * magnitude)
    }
}
