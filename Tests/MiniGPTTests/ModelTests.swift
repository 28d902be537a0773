import Foundation
import MiniGPT
import Testing

@Suite struct ModelTests {
    @Test("the parameter counts of GPT-2's four sizes and of the course's model")
    func counts() {
        #expect(GPT.Configuration.gpt2.parameterCount == 124_439_808)
        #expect(GPT.Configuration.gpt2Medium.parameterCount == 354_823_168)
        #expect(GPT.Configuration.gpt2Large.parameterCount == 774_030_080)
        #expect(GPT.Configuration.gpt2XL.parameterCount == 1_557_611_200)
        #expect(GPT.Configuration.course.parameterCount == 6_051_840)
    }

    @Test(
        "the count of a configuration is that of its model", arguments: [true, false],
        [true, false])
    func countsOfModels(tied: Bool, bias: Bool) {
        var generator = SplitMix64(seed: 1)
        let configuration = GPT.Configuration(
            vocabularySize: 31, contextLength: 9, layers: 2, heads: 3, width: 12,
            tiesEmbeddings: tied, usesBias: bias)
        let model = GPT(configuration, using: &generator)
        #expect(model.parameterCount == configuration.parameterCount)
    }

    @Test("printing a model shows its tree, with equal blocks once")
    func description() {
        var generator = SplitMix64(seed: 1)
        let model = GPT(
            .init(vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128),
            using: &generator)
        #expect(
            "\(model)" == """
                GPT, 809,856 parameters
                  tokenEmbedding: Embedding  weight [65, 128]               8,320
                  positionEmbedding: PositionalEncoding  weight [64, 128]   8,192
                  blocks.0 … 3: TransformerBlock                            198,272
                    attentionNorm: LayerNorm  weight [128], bias [128]      256
                    attention: MultiHeadAttention                           66,048
                      queryKeyValue: Linear  weight [384, 128], bias [384]  49,536
                      output: Linear  weight [128, 128], bias [128]         16,512
                    feedForwardNorm: LayerNorm  weight [128], bias [128]    256
                    feedForward: FeedForward                                131,712
                      up: Linear  weight [512, 128], bias [512]             66,048
                      down: Linear  weight [128, 512], bias [128]           65,664
                  finalNorm: LayerNorm  weight [128], bias [128]            256
                """)
    }

    @Test("GPT-2's initialisation: normal(0.02), residual projections smaller by 1/√(2·layers)")
    func initialisation() throws {
        var generator = SplitMix64(seed: 1)
        let model = GPT(
            .init(vocabularySize: 300, contextLength: 64, layers: 8, heads: 4, width: 128),
            using: &generator)
        func deviation(_ name: String) throws -> Float {
            let weight = try #require(model[parameter: name])
            #expect(Swift.abs(weight.mean().item()) < 1e-3)
            return weight.variance().item().squareRoot()
        }
        for name in [
            "tokenEmbedding.weight", "blocks.3.attention.queryKeyValue.weight",
            "blocks.0.feedForward.up.weight",
        ] {
            #expect(Swift.abs(try deviation(name) - 0.02) < 0.0004)
        }
        for name in ["blocks.3.attention.output.weight", "blocks.7.feedForward.down.weight"] {
            #expect(Swift.abs(try deviation(name) - 0.005) < 0.0001)
        }
    }

    @Test(
        "orthogonal initialisation has orthonormal rows or columns",
        arguments: [[20, 7], [7, 20], [9, 9]])
    func orthogonal(_ shape: [Int]) {
        var generator = SplitMix64(seed: 1)
        let q = Initializer.orthogonal(gain: 2)(shape, using: &generator)
        let product = shape[0] >= shape[1] ? matmul(q.T, q) : matmul(q, q.T)
        #expect(absoluteError(product, Tensor.identity(shape.min() ?? 0) * 4) < 1e-5)
    }

    @Test("a later token never changes an earlier logit")
    func causality() {
        var generator = SplitMix64(seed: 1)
        let model = GPT(
            .init(vocabularySize: 11, contextLength: 16, layers: 2, heads: 2, width: 16),
            using: &generator)
        var tokens = TokenBatch((0..<16).map { Int32($0 % 11) })
        let before = model(tokens)
        tokens[0, 10] = 3
        let after = model(tokens)
        #expect(absoluteError(after[0, 0..<10], before[0, 0..<10]) == 0)
        #expect(absoluteError(after[0, 10...], before[0, 10...]) > 1e-3)
    }

    @Test("dropout acts in training only, and its seed decides")
    func dropout() {
        var generator = SplitMix64(seed: 1)
        let model = GPT(
            .init(
                vocabularySize: 11, contextLength: 8, layers: 2, heads: 2, width: 16, dropout: 0.3),
            using: &generator)
        let tokens = TokenBatch((0..<8).map { Int32($0) })
        let plain = model(tokens).scalars
        #expect(model(tokens).scalars == plain)
        let first = model(tokens, mode: .training(seed: 1)).scalars
        #expect(first != plain)
        #expect(model(tokens, mode: .training(seed: 1)).scalars == first)
        #expect(model(tokens, mode: .training(seed: 2)).scalars != first)
    }

    @Test("sinusoidal positions are the paper's")
    func sinusoidal() {
        let encoding = PositionalEncoding.sinusoidal(contextLength: 10, dimensions: 6)(time: 10)
        for position in 0..<10 {
            for column in 0..<6 {
                let angle = Double(position) / pow(10_000, Double(column / 2 * 2) / 6)
                let expected = column % 2 == 0 ? sin(angle) : cos(angle)
                #expect(Swift.abs(Double(encoding[position, column].item()) - expected) < 1e-6)
            }
        }
    }

    @Test("a configuration from outside that cannot be built is a sentence with the numbers")
    func validation() {
        func message(_ change: (inout GPT.Configuration) -> Void) -> String {
            var configuration = GPT.Configuration.course
            change(&configuration)
            do {
                try configuration.validate()
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message { _ in } == "")
        #expect(message { $0.heads = 7 }.contains("256 is not divisible by 7 heads"))
        #expect(message { $0.layers = 0 }.contains("number of layers is 0"))
        #expect(message { $0.width = .max }.contains("width"))
        #expect(message { $0.dropout = 1 }.contains("dropout is 1"))
        #expect(message { $0.dropout = .nan }.contains("dropout is nan"))
    }

    @Test(
        "schedules",
        arguments: [
            (LearningRateSchedule.constant(0.5), [Float(0.5), 0.5, 0.5, 0.5, 0.5]),
            (.linear(peak: 1, warmup: 0, total: 4), [1, 0.75, 0.5, 0.25, 0]),
            (
                .cosine(peak: 1, warmup: 1, total: 5, floor: 0.1),
                [0.5, 1, 0.868198, 0.55, 0.231802]
            ),
            (.warmupStableDecay(peak: 1, warmup: 1, decay: 2, total: 4), [0.5, 1, 1, 0.5, 0]),
        ])
    func schedules(_ schedule: LearningRateSchedule, _ expected: [Float]) {
        for (step, rate) in expected.enumerated() {
            #expect(Swift.abs(schedule(step) - rate) < 1e-5, "\(schedule), step \(step)")
        }
    }
}
