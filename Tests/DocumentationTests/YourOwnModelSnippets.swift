import Foundation
import MiniGPT
import Testing

// snippet: Documentation/YourOwnModel.md 1
/// x·sigmoid(x) (Elfwing et al. 2018).
func silu(_ x: Tensor) -> Tensor {
    customDerivative(of: x) { x in
        (result: x * sigmoid(x), saved: x)
    } backward: { gradient, x in
        let s = sigmoid(x)
        return gradient * s * (1 + x * (1 - s))
    }
}
// end of snippet

// snippet: Documentation/YourOwnModel.md 3
/// Divides each vector by its root mean square (Zhang and Sennrich 2019).
struct RMSNorm: Layer {
    var weight: Tensor

    init(_ width: Int) { weight = .ones([width]) }

    func callAsFunction(_ x: Tensor) -> Tensor {
        x / sqrt((x * x).mean(axis: -1, keepDims: true) + 1e-5) * weight
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
    }
}

/// down(silu(gate(x)) · up(x)) (Shazeer 2020).
struct SwiGLU: FeedForwardLayer {
    var gate: Linear, up: Linear, down: Linear

    init(_ width: Int, using generator: inout some RandomNumberGenerator) {
        gate = Linear(width, 2 * width, bias: false, using: &generator)
        up = Linear(width, 2 * width, bias: false, using: &generator)
        down = Linear(2 * width, width, bias: false, using: &generator)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { down(silu(gate(x)) * up(x)) }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("gate", &gate)
        visitor.visit("up", &up)
        visitor.visit("down", &down)
    }
}
// end of snippet

// snippet: Documentation/YourOwnModel.md 4
struct Decoder: LanguageModel, ConfigurableModel {
    struct Configuration: Codable, Sendable {
        var vocabularySize: Int
        var contextLength = 64
        var layers = 2
        var heads = 2
        var width = 32
    }

    let configuration: Configuration
    var embedding: Embedding
    var positions: PositionalEncoding
    var blocks: [TransformerBlock<RMSNorm, SwiGLU>]
    var norm: RMSNorm

    init(_ configuration: Configuration, using generator: inout some RandomNumberGenerator) {
        let (c, width) = (configuration, configuration.width)
        self.configuration = c
        embedding = Embedding(count: c.vocabularySize, dimensions: width, using: &generator)
        positions = .sinusoidal(contextLength: c.contextLength, dimensions: width)
        norm = RMSNorm(width)
        blocks = []
        for _ in 0..<c.layers {
            blocks.append(
                TransformerBlock(
                    attentionNorm: RMSNorm(width),
                    attention: MultiHeadAttention(
                        dimensions: width, heads: c.heads, bias: false, using: &generator),
                    feedForwardNorm: RMSNorm(width),
                    feedForward: SwiGLU(width, using: &generator)))
        }
    }

    var vocabularySize: Int { configuration.vocabularySize }
    var contextLength: Int { configuration.contextLength }

    func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor {
        var x = embedding(tokens) + positions(time: tokens.time)
        for block in blocks { x = block(x, mode: mode) }
        return embedding.asLinear(norm(x))
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("embedding", &embedding)
        visitor.visit("blocks", &blocks)
        visitor.visit("norm", &norm)
    }
}
// end of snippet

// snippet: Documentation/YourOwnModel.md 6
/// Follows the sign of an average of the gradients (Chen et al. 2023).
struct Lion: Optimizer {
    let learningRate: LearningRateSchedule
    private(set) var step = 0
    private var averages: [String: Tensor] = [:]

    init(learningRate: LearningRateSchedule) { self.learningRate = learningRate }

    mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        let rate = learningRate(step)
        var next = averages
        model.mapParameters { name, value in
            guard isTrained?(name) ?? true, let gradient = gradients[name] else { return value }
            let average = next[name] ?? .zeros(value.shape)
            let direction = 0.9 * average + 0.1 * gradient
            next[name] = 0.99 * average + 0.01 * gradient
            return value - rate * ((direction .> 0) - (direction .< 0))
        }
        averages = next
        step += 1
    }

    mutating func visitState(_ visitor: inout some OptimizerStateVisitor) {
        visitor.visit("step", &step)
        visitor.visit("averages", &averages)
    }
}
// end of snippet

@Suite("Documentation/YourOwnModel.md")
struct YourOwnModelSnippets {
    private let text = shortText
    private let tokenizer = CharacterTokenizer(alphabetOf: shortText)

    @Test("The derivative of an operation is compared with central differences")
    func derivative() {
        var random = SplitMix64(seed: 1)
        let x = Tensor.uniform([3, 4], in: -1..<1, using: &random)
        // snippet: Documentation/YourOwnModel.md 2
        let report = checkGradients(at: [x]) { silu($0[0]) }
        precondition(report.isCorrect, "\(report)")
        // end of snippet
        #expect(report.slopes.count == 13)
    }

    @Test("A decoder with its own norm and feed-forward layer learns")
    func decoder() throws {
        var losses: [Float] = []
        // snippet: Documentation/YourOwnModel.md 5
        var random = SplitMix64(seed: 7)
        var model = Decoder(.init(vocabularySize: tokenizer.vocabularySize), using: &random)
        var optimizer = AdamW(learningRate: .constant(1e-2))
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 32)
        for _ in 0..<30 {
            let (inputs, targets) = data.batch(8, using: &random)
            let (loss, gradients) = model.lossAndGradients(inputs, targets: targets)
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
            losses.append(loss)
        }
        // end of snippet
        #expect(losses[29] < losses[0] - 0.25)
        #expect(model.parameters.contains { $0.name == "blocks.1.feedForward.gate.weight" })
    }

    @Test("A training with an optimizer of one's own is stopped and goes on to the same bits")
    func resuming() throws {
        let whole = try train(stops: [4], in: "whole")
        let parts = try train(stops: [2, 4], in: "parts")
        #expect(whole.count == parts.count && !whole.isEmpty)
        #expect(whole == parts)
    }

    /// A hash of the bits of each parameter after a training that was started anew at each stop.
    private func train(stops: [Int], in name: String) throws -> [Int] {
        var hashes: [Int] = []
        try withFolder { folder in
            let checkpoints = folder.appendingPathComponent(name)
            let data = TokenDataset(try tokenizer.encode(text), contextLength: 16)
            for stop in stops {
                var options = Trainer.Options()
                (options.steps, options.batchSize) = (stop, 2)
                // snippet: Documentation/YourOwnModel.md 7
                var random = SplitMix64(seed: 7)
                var model = Decoder(.init(vocabularySize: tokenizer.vocabularySize), using: &random)
                var optimizer = Lion(learningRate: .constant(1e-3))
                var trainer = Trainer(training: data, options: options)
                let store = try CheckpointStore(directory: checkpoints)
                trainer.checkpoints = CheckpointPlan(
                    store, steps: 10, tokenizer: SavedTokenizer(tokenizer))
                if let found = try store.loadLatest() {
                    try trainer.resume(&model, &optimizer, from: found.checkpoint)
                }
                try trainer.run(&model, &optimizer)
                // end of snippet
                #expect(optimizer.step == stop)
                // snippet: Documentation/YourOwnModel.md 8
                var generator = TextGenerator(model.predictor(), tokenizer: tokenizer)
                let summary = try generator.generate(
                    "ROMEO:", sampler: .topP(0.9), options: .init(maximumTokens: 20), using: &random
                ) { event in
                    if case .text(let piece) = event { print(piece, terminator: "") }
                }
                // end of snippet
                #expect(summary.tokens <= 20)
                hashes = model.parameters.map { $0.value.scalars.map(\.bitPattern).hashValue }
            }
        }
        return hashes
    }
}
