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
    /// - Parameter seconds: about how long to measure.
    public static func measure(
        of inputs: [Tensor], seconds: Double, _ operation: @escaping ([Tensor]) -> Tensor
    ) -> GradientTiming {
        let sampler = GradientSampler(of: inputs, operation)
        var samples: [GradientTiming] = []
        let end = ProcessInfo.processInfo.systemUptime + seconds
        while samples.count < 3 || ProcessInfo.processInfo.systemUptime < end {
            samples.append(sampler.sample())
        }
        return GradientTiming(
            forward: Timing(samples.map(\.forward)).median,
            backward: Timing(samples.map(\.backward)).median)
    }
}

/// Measures an operation and its derivative once for every call of `sample`.
///
/// The gradient that comes in is a tensor like one in a network, made by (y · g).sum(). What that
/// costs backward is measured alone and taken off.
public struct GradientSampler {
    private let inputs: [Tensor]
    private let operation: ([Tensor]) -> Tensor
    private let weights: Tensor
    private let frame: Double

    /// Calls the operation a few times, which also fills the buffer pool.
    public init(of inputs: [Tensor], _ operation: @escaping ([Tensor]) -> Tensor) {
        self.inputs = inputs
        self.operation = operation
        var generator = SplitMix64(seed: 7)
        let result = operation(inputs).detached()
        let weights = Tensor.normal(result.shape, using: &generator)
        self.weights = weights
        let frames = (0..<12).map { _ in Self.sample([result], weights) { $0[0] }.backward }
        frame = Timing(frames).median
        _ = Self.sample(inputs, weights, operation)
    }

    /// Seconds forward and backward of one call.
    public func sample() -> GradientTiming {
        let full = Self.sample(inputs, weights, operation)
        return GradientTiming(forward: full.forward, backward: max(full.backward - frame, 1e-9))
    }

    private static func sample(
        _ inputs: [Tensor], _ weights: Tensor, _ operation: ([Tensor]) -> Tensor
    ) -> GradientTiming {
        let clock = ContinuousClock()
        var forward = 0.0
        var derivativeStart = clock.now
        _ = valueAndGradients(at: inputs) { inputs in
            let start = clock.now
            let result = operation(inputs)
            forward = (clock.now - start) / .seconds(1)
            let loss = (result * weights).sum()
            derivativeStart = clock.now
            return loss
        }
        return GradientTiming(
            forward: forward, backward: (clock.now - derivativeStart) / .seconds(1))
    }
}
