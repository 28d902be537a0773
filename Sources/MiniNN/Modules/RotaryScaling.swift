import Foundation

/// How rotary positions of a model that was trained with a shorter context are stretched over a longer one.
public enum RotaryScaling: Sendable, Hashable {
    /// Not at all.
    case none
    /// All positions are divided by the factor (Chen et al. 2023, "position interpolation").
    case linear(factor: Float)
    /// Llama 3.1's: pairs that turn slowly are slowed by the factor, fast ones are left alone, and those
    /// between get something between. `original` is the context of the training.
    case llama3(factor: Float, low: Float = 1, high: Float = 4, original: Int = 8_192)
    /// YaRN (Peng et al. 2023): as Llama 3's, with a ramp over the pairs, and all scores a little larger.
    case yarn(factor: Float, original: Int, betaFast: Float = 32, betaSlow: Float = 1)

    /// By what turned numbers are multiplied.
    var magnitude: Float {
        guard case .yarn(let factor, _, _, _) = self, factor > 1 else { return 1 }
        return 0.1 * Float(log(Double(factor))) + 1
    }

    /// The frequencies of the pairs after stretching.
    func applied(to frequencies: [Float], base: Float) -> [Float] {
        switch self {
        case .none: return frequencies
        case .linear(let factor): return frequencies.map { $0 / factor }
        case .llama3(let factor, let low, let high, let original):
            return frequencies.map {
                Self.llama3($0, factor: factor, low: low, high: high, original: Float(original))
            }
        case .yarn(let factor, let original, let betaFast, let betaSlow):
            let ramp = Self.yarnRamp(
                pairs: frequencies.count, base: Double(base), original: Double(original),
                betaFast: Double(betaFast), betaSlow: Double(betaSlow))
            return zip(frequencies, ramp).map { frequency, share in
                frequency / factor * share + frequency * (1 - share)
            }
        }
    }

    private static func llama3(
        _ frequency: Float, factor: Float, low: Float, high: Float, original: Float
    ) -> Float {
        let wavelength = 2 * Float.pi / frequency
        if wavelength > original / low { return frequency / factor }
        if wavelength < original / high { return frequency }
        let smooth = (original / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
    }

    /// How far each pair is stretched: 0 for those that turn `betaFast` times within the original context and
    /// more, 1 for those that turn `betaSlow` times and less.
    private static func yarnRamp(
        pairs: Int, base: Double, original: Double, betaFast: Double, betaSlow: Double
    ) -> [Float] {
        let dimensions = Double(2 * pairs)
        func pair(turning times: Double) -> Double {
            dimensions * log(original / (times * 2 * Double.pi)) / (2 * log(base))
        }
        let low = max(0, pair(turning: betaFast).rounded(.down))
        var high = min(dimensions - 1, pair(turning: betaSlow).rounded(.up))
        if low == high { high += 0.001 }
        return (0..<pairs).map { Float(min(1, max(0, (Double($0) - low) / (high - low)))) }
    }
}
