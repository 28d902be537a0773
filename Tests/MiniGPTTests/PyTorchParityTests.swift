import MiniGPT
import Testing

/// A whole training run beside PyTorch's, from the same weights and batches.
@Suite struct PyTorchParityTests {
    let golden: GoldenFile
    let model: GPT

    init() throws {
        golden = try GoldenFile("gpt-parity")
        var generator = SplitMix64(seed: 0)
        var model = GPT(
            .init(vocabularySize: 61, contextLength: 24, layers: 3, heads: 4, width: 28),
            using: &generator)
        let names = golden.names(after: "weights.")
        #expect(model.parameters.map(\.name).sorted() == names)
        for name in names { model[parameter: name] = golden["weights.\(name)"] }
        self.model = model
    }

    private func batch(_ key: String, _ step: Int) -> TokenBatch {
        let (shape, values) = golden.integers(key)
        let size = shape[1] * shape[2]
        return TokenBatch(
            Array(values[step * size..<(step + 1) * size]), batch: shape[1], time: shape[2])
    }

    @Test("logits are PyTorch's within 1e-4")
    func logits() {
        #expect(absoluteError(model(batch("inputs", 0)), golden["logits"]) < 1e-4)
    }

    @Test("every gradient is PyTorch's within 1e-4", arguments: [true, false])
    func gradients(fused: Bool) throws {
        let (inputs, targets) = (batch("inputs", 0), batch("targets", 0))
        let (loss, gradients) = valueAndGradients(of: model) {
            fused
                ? $0.loss(inputs, targets: targets)
                : crossEntropy(logits: $0(inputs), targets: targets)
        }
        #expect(abs(loss - golden["losses"][0].item()) < 1e-5)
        for name in golden.names(after: "gradients.") {
            let gradient = try #require(gradients[name])
            let error = relativeError(gradient, golden["gradients.\(name)"])
            #expect(error < 1e-4, "\(name) differs by \(error)")
        }
    }

    @Test("twenty AdamW steps give PyTorch's losses and gradient norms within 1e-4")
    func training() {
        var model = model
        var optimizer = AdamW(learningRate: 1e-3, betas: (0.9, 0.99), eps: 1e-8, weightDecay: 0.1)
        let (losses, norms) = (golden["losses"].scalars, golden["gradientNorms"].scalars)
        for step in 0..<20 {
            let (inputs, targets) = (batch("inputs", step), batch("targets", step))
            let (loss, gradients) = valueAndGradients(of: model) {
                $0.loss(inputs, targets: targets)
            }
            let clipped = gradients.clipped(toNorm: 1)
            let norm = clipped.normBeforeClipping ?? 0
            #expect(abs(loss - losses[step]) < 1e-4, "step \(step): \(loss), not \(losses[step])")
            #expect(
                abs(norm - norms[step]) < 1e-4 * norms[step],
                "step \(step): \(norm), not \(norms[step])")
            optimizer.update(&model, along: clipped)
        }
    }
}
