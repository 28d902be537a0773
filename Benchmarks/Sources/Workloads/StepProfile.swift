import Foundation
import MiniGPT

/// Seconds of the phases of a training step, each the median over several steps.
public struct StepPhases: Encodable, Sendable {
    /// Drawing the tokens.
    public let batch: Double
    /// The model and the loss; the linear cross-entropy makes its gradients here as well.
    public let forward: Double
    /// The other gradients.
    public let backward: Double
    /// Clipping and the optimizer.
    public let update: Double
    /// The whole step, measured as a whole.
    public let total: Double

    /// The phases with the names to print.
    public var named: [(String, Double)] {
        [
            ("batch", batch), ("forward, with the gradient of the logits", forward),
            ("backward", backward), ("clip and AdamW", update),
        ]
    }

    /// Trains a new model for about the given seconds.
    public static func measure(_ work: TrainingWork, seconds: Double) -> StepPhases {
        var state = TrainingState(work)
        for _ in 0..<3 { state.step() }
        var phases: [TrainingState.Phases] = []
        var totals: [Double] = []
        let end = ProcessInfo.processInfo.systemUptime + seconds
        while phases.count < 3 || ProcessInfo.processInfo.systemUptime < end {
            totals.append(Timing.secondsToRun { phases.append(state.stepByPhases()) })
        }
        func median(_ phase: (TrainingState.Phases) -> Double) -> Double {
            Timing(phases.map(phase)).median
        }
        return StepPhases(
            batch: median(\.batch), forward: median(\.forward), backward: median(\.backward),
            update: median(\.update), total: Timing(totals).median)
    }
}

/// One kind of operation in a training step.
public struct StepPart: Encodable, Sendable {
    /// What it is, and in which direction.
    public let name: String
    /// How often a step makes it.
    public let count: Int
    /// Seconds of one, measured alone.
    public let seconds: Double
    /// Floating-point operations of one; 0 where memory is what counts.
    public let operations: Double
    /// The least memory traffic of one: every input read and every output written once.
    public let bytes: Double

    /// Seconds of all of them.
    public var total: Double { Double(count) * seconds }

    /// Measures every kind of operation in a step, each for about the given seconds.
    public static func measure(_ work: TrainingWork, seconds: Double) -> [StepPart] {
        StepParts(work, seconds: seconds).all()
    }
}

/// Makes the operations of a step one by one.
private struct StepParts {
    let work: TrainingWork
    let seconds: Double
    let c: GPT.Configuration
    let tokens: Int

    init(_ work: TrainingWork, seconds: Double) {
        self.work = work
        self.seconds = seconds
        c = work.configuration
        tokens = work.tokens
    }

    func all() -> [StepPart] {
        let width = c.width
        var parts = embedding()
        parts += layerNorm()
        parts += linearLayer("queries, keys, values", inputs: width, outputs: 3 * width)
        parts += attention()
        parts += linearLayer(
            "attention output + residual", inputs: width, outputs: width, adds: true)
        parts += linearLayer(
            "up + GELU", inputs: width, outputs: 4 * width, activation: c.activation)
        parts += linearLayer("down + residual", inputs: 4 * width, outputs: width, adds: true)
        parts.append(linearCrossEntropy())
        parts += update()
        return parts
    }

    // MARK: - Operations

    private func linearLayer(
        _ name: String, inputs: Int, outputs: Int, activation: Activation = .none,
        adds: Bool = false
    ) -> [StepPart] {
        let x = random([work.batch, c.contextLength, inputs])
        let (weight, bias) = (random([outputs, inputs]), random([outputs]))
        let residual = adds ? [random([work.batch, c.contextLength, outputs])] : []
        let timing = GradientTiming.measure(of: [x, weight, bias] + residual, seconds: seconds) {
            adds
                ? linear($0[0], weight: $0[1], bias: $0[2], addingTo: $0[3])
                : linear($0[0], weight: $0[1], bias: $0[2], activation: activation)
        }
        let operations = 2 * Double(tokens * inputs) * Double(outputs)
        let (input, output) = (4 * Double(tokens * inputs), 4 * Double(tokens * outputs))
        let matrix = 4 * Double(inputs * outputs)
        // An activation keeps what it was applied to; a residual is read.
        let extra = activation == .none ? (adds ? output : 0) : output
        return [
            part(name, c.layers, timing.forward, operations, input + matrix + output + extra),
            part(
                name + ", backward", c.layers, timing.backward, 2 * operations,
                2 * (input + matrix) + output + (activation == .none ? 0 : output)),
        ]
    }

    private func attention() -> [StepPart] {
        let attention = AttentionWork(
            batch: work.batch, heads: c.heads, context: c.contextLength, width: c.width)
        let timing = attention.measure(seconds: seconds)
        let stream = 4 * Double(tokens * c.width)
        return [
            part("attention", c.layers, timing.forward, attention.forwardOperations, 4 * stream),
            part(
                "attention, backward", c.layers, timing.backward, attention.backwardOperations,
                8 * stream),
        ]
    }

    private func layerNorm() -> [StepPart] {
        let inputs = [
            random([work.batch, c.contextLength, c.width]), random([c.width]), random([c.width]),
        ]
        let timing = GradientTiming.measure(of: inputs, seconds: seconds) {
            MiniGPT.layerNorm($0[0], weight: $0[1], bias: $0[2])
        }
        let stream = 4 * Double(tokens * c.width)
        let count = 2 * c.layers + 1
        return [
            part("layer norm", count, timing.forward, 0, 2 * stream),
            part("layer norm, backward", count, timing.backward, 0, 3 * stream),
        ]
    }

    private func embedding() -> [StepPart] {
        let ids = randomTokens()
        let inputs = [random([c.vocabularySize, c.width]), random([c.contextLength, c.width])]
        let timing = GradientTiming.measure(of: inputs, seconds: seconds) {
            Embedding(weight: $0[0])(ids) + $0[1]
        }
        let stream = 4 * Double(tokens * c.width)
        let table = 4 * Double(c.vocabularySize * c.width)
        return [
            part("embeddings", 1, timing.forward, 0, 4 * stream),
            part("embeddings, backward", 1, timing.backward, 0, 3 * stream + table),
        ]
    }

    /// Forward and backward in one: the gradients are made with the logits.
    private func linearCrossEntropy() -> StepPart {
        let (x, weight) = (
            random([work.batch, c.contextLength, c.width]), random([c.vocabularySize, c.width])
        )
        let targets = randomTokens()
        let timing = Timing.measure(seconds: seconds) {
            _ = valueAndGradients(at: [x, weight]) {
                MiniGPT.linearCrossEntropy($0[0], weight: $0[1], targets: targets)
            }
        }
        let (stream, matrix) = (4 * Double(x.count), 4 * Double(weight.count))
        return part(
            "logits + cross-entropy, both ways", 1, timing.median,
            6 * Double(tokens * c.width) * Double(c.vocabularySize), 2 * (stream + matrix))
    }

    private func update() -> [StepPart] {
        var generator = SplitMix64(seed: 5)
        var model = GPT(c, using: &generator)
        let gradients = Gradients(
            names: model.parameters.map(\.name),
            values: model.parameters.map { random($0.value.shape) })
        var optimizer = AdamW(learningRate: 1e-3, betas: (0.9, 0.99), weightDecay: 0.1)
        let clip = Timing.measure(seconds: seconds) { _ = gradients.clipped(toNorm: 1) }
        let adam = Timing.measure(seconds: seconds) { optimizer.update(&model, along: gradients) }
        let bytes = 4 * Double(c.parameterCount)
        return [
            part("norm of the gradients", 1, clip.median, 0, bytes),
            // p, g, m and v are read, p, m and v written.
            part("AdamW", 1, adam.median, 0, 7 * bytes),
        ]
    }

    // MARK: - Helpers

    private func part(
        _ name: String, _ count: Int, _ seconds: Double, _ operations: Double, _ bytes: Double
    ) -> StepPart {
        StepPart(
            name: name, count: count, seconds: seconds, operations: operations, bytes: bytes)
    }

    private func random(_ shape: [Int]) -> Tensor {
        var generator = SplitMix64(seed: 3)
        return Tensor.normal(shape, standardDeviation: 0.1, using: &generator)
    }

    private func randomTokens() -> TokenBatch {
        var generator = SplitMix64(seed: 4)
        let ids = (0..<tokens).map { _ in
            Int32.random(in: 0..<Int32(c.vocabularySize), using: &generator)
        }
        return TokenBatch(ids, batch: work.batch, time: c.contextLength)
    }
}
