import Foundation
import MiniGPT
import Testing

/// Three steps of the trainer beside PyTorch's, with a model that is wide and long enough for what small
/// tensors never reach: several strips of queries, shared products, panels, logits by token,
/// recomputed activations, parameters of several pieces. Dropout, accumulation, clipping and weight
/// decay are on.
@Suite struct TrainingStepsTests {
    private struct Sample: Decodable {
        let norm: Double
        let numbers: [Float]
    }

    private struct Golden: Decodable {
        let losses: [Float]
        let gradientNorms: [Float]
        let parameters: [String: Sample]
        let first: [String: Sample]
        let second: [String: Sample]
    }

    /// As `make_training_steps.py` draws it.
    private static func model() -> GPT {
        var generator = SplitMix64(seed: 0)
        var model = GPT(
            .init(
                vocabularySize: 16_500, contextLength: 256, layers: 1, heads: 12, width: 768,
                dropout: 0.1), using: &generator)
        generator = SplitMix64(seed: 4)
        for (name, value) in model.parameters {
            let drawn = Tensor.uniform(value.shape, in: -0.06..<0.06, using: &generator)
            model[parameter: name] = name.hasSuffix("Norm.weight") ? drawn + 1 : drawn
        }
        return model
    }

    private static func text() -> TokenDataset {
        var generator = SplitMix64(seed: 5)
        let ids = (0..<4_000).map { _ in Int32(Int.random(in: 0..<16_500, using: &generator)) }
        return TokenDataset(ids, contextLength: 256)
    }

    @Test(
        "three steps that pass every threshold give PyTorch's losses, norms, weights and averages")
    func threeSteps() throws {
        let url = try #require(
            Bundle.module.url(
                forResource: "training-steps", withExtension: "json", subdirectory: "Goldens"))
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        var options = TrainingOptions()
        (options.steps, options.batchSize, options.gradientAccumulation) = (3, 4, 2)
        (options.validationInterval, options.seed) = (0, 77)
        var model = Self.model()
        var optimizer = AdamW(learningRate: 1e-3, betas: (0.9, 0.95), eps: 1e-8, weightDecay: 0.1)
        var reports: [(loss: Float, norm: Float)] = []
        try Trainer(training: Self.text(), options: options).run(&model, &optimizer) { event in
            if case .step(let report) = event { reports.append((report.loss, report.gradientNorm)) }
        }
        #expect(reports.count == 3)
        for (step, report) in reports.enumerated() {
            expect(report.loss, golden.losses[step], 1e-5, "loss of step \(step)")
            expect(report.norm, golden.gradientNorms[step], 1e-4, "norm of step \(step)")
        }
        for (name, value) in model.parameters {
            try expect(value, #require(golden.parameters[name]), 2e-4, name)
        }
        for moments in optimizer.moments {
            let name = moments.name
            try expect(moments.first, #require(golden.first[name]), 2e-4, "mean of \(name)")
            try expect(moments.second, #require(golden.second[name]), 2e-4, "square of \(name)")
        }
    }

    private func expect(_ value: Float, _ wanted: Float, _ tolerance: Float, _ what: String) {
        #expect(abs(value - wanted) <= tolerance * abs(wanted), "\(what): \(value), not \(wanted)")
    }

    /// The norm, and numbers from all over the tensor measured against the largest of them.
    private func expect(
        _ value: Tensor, _ wanted: Sample, _ tolerance: Float, _ what: String
    ) {
        value.withUnsafeScalars { numbers in
            let norm = numbers.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            expect(Float(norm), Float(wanted.norm), tolerance, "norm of \(what)")
            let size = wanted.numbers.reduce(0) { max($0, abs($1)) }
            for (index, number) in wanted.numbers.enumerated() {
                // Softmax ignores the bias of keys: its gradient is rounding, and AdamW makes steps of it.
                if what.hasSuffix("queryKeyValue.bias"), (5...10).contains(index) { continue }
                let found = numbers[index * (numbers.count - 1) / (wanted.numbers.count - 1)]
                #expect(
                    abs(found - number) <= tolerance * size,
                    "number \(index) of \(what): \(found), not \(number)")
            }
        }
    }
}
