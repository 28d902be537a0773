import Foundation
import MiniGPT

/// How long an operation takes forward, while it is being recorded, and backward.
public struct GradientTiming: Sendable {
    /// Seconds of the operation itself.
    public let forward: Double
    /// Seconds of its derivative, for all of its inputs.
    public let backward: Double

    /// Measures an operation of some tensors, all of which it is differentiated by.
    ///
    /// The gradient that comes in is a tensor like one in a network, made by (y · g).sum(). What
    /// that costs backward is measured alone and taken off.
    ///
    /// - Parameter seconds: about how long to measure.
    public static func measure(
        of inputs: [Tensor], seconds: Double, _ operation: ([Tensor]) -> Tensor
    ) -> GradientTiming {
        var generator = SplitMix64(seed: 7)
        let result = operation(inputs).detached()
        let weights = Tensor.normal(result.shape, using: &generator)
        let full = samples(of: inputs, weights: weights, seconds: seconds, operation)
        let frame = samples(of: [result], weights: weights, seconds: seconds / 4) { $0[0] }
        return GradientTiming(
            forward: full.forward.median,
            backward: max(full.backward.median - frame.backward.median, 0))
    }

    private static func samples(
        of inputs: [Tensor], weights: Tensor, seconds: Double, _ operation: ([Tensor]) -> Tensor
    ) -> (forward: Timing, backward: Timing) {
        let clock = ContinuousClock()
        var (forward, backward): ([Double], [Double]) = ([], [])
        let end = ProcessInfo.processInfo.systemUptime + seconds
        // The first call fills the buffer pool and does not count.
        var isFirst = true
        while forward.count < 3 || ProcessInfo.processInfo.systemUptime < end {
            var elapsed = 0.0
            var derivativeStart = clock.now
            _ = valueAndGradients(at: inputs) { inputs in
                let start = clock.now
                let result = operation(inputs)
                elapsed = (clock.now - start) / .seconds(1)
                let loss = (result * weights).sum()
                derivativeStart = clock.now
                return loss
            }
            let derivative = (clock.now - derivativeStart) / .seconds(1)
            if !isFirst {
                forward.append(elapsed)
                backward.append(derivative)
            }
            isFirst = false
        }
        return (Timing(forward), Timing(backward))
    }
}
