import MiniGPT
import Testing

/// Each operation on its own beside PyTorch: values and gradients.
@Suite struct PyTorchOperationTests {
    let golden: GoldenFile

    init() throws { golden = try GoldenFile("operations") }

    /// The gradients of Σ y·dy, which are those that `dy` as the upstream gradient gives.
    private func check(
        _ unit: String, _ inputs: [String], tolerance: Float = 2e-6, upstream: String = "dy",
        output: String = "y", _ operation: ([Tensor]) -> Tensor
    ) {
        let tensors = inputs.map { golden["\(unit).\($0)"] }
        let value = operation(tensors)
        let reference = golden["\(unit).\(output)"].reshaped(value.shape)
        let error = relativeError(value, reference)
        #expect(error < tolerance, "\(unit): the value differs by \(error)")
        let dy = golden["\(unit).\(upstream)"].reshaped(value.shape)
        let (_, gradients) = valueAndGradients(at: tensors) { (operation($0) * dy).sum() }
        for (input, gradient) in zip(inputs, gradients) {
            let error = relativeError(gradient, golden["\(unit).d\(input)"])
            #expect(error < 2 * tolerance, "\(unit): d\(input) differs by \(error)")
        }
    }

    @Test("layer norm", arguments: ["1", "7", "33", "offset"])
    func layerNormUnit(_ name: String) {
        // Around 1000 a float has four digits left behind the point.
        check(
            "layerNorm.\(name)", ["x", "weight", "bias"], tolerance: name == "offset" ? 2e-4 : 2e-6
        ) {
            layerNorm($0[0], weight: $0[1], bias: $0[2])
        }
    }

    @Test("GELU, exact and by tanh")
    func geluUnit() {
        check("gelu.exact", ["x"]) { gelu($0[0]) }
        check("gelu.tanh", ["x"]) { geluApproximate($0[0]) }
    }

    @Test("softmax and its logarithm", arguments: [("last", -1), ("axis1", 1)])
    func softmaxUnit(_ name: String, _ axis: Int) {
        check("softmax.\(name)", ["x"]) { softmax($0[0], axis: axis) }
        check("logSoftmax.\(name)", ["x"]) { logSoftmax($0[0], axis: axis) }
    }

    @Test(
        "attention",
        arguments: [("causal", true), ("full", false), ("cross", false), ("causalLong", true)])
    func attentionUnit(_ name: String, _ isCausal: Bool) {
        check("attention.\(name)", ["q", "k", "v"]) {
            scaledDotProductAttention(
                queries: $0[0], keys: $0[1], values: $0[2], mask: isCausal ? .causal : .none)
        }
    }

    @Test(
        "multi-head attention and its weights",
        arguments: [("causal", true), ("full", false), ("cross", false)])
    func multiHeadAttention(_ name: String, _ isCausal: Bool) throws {
        let unit = "multiHeadAttention.\(name)"
        let mask: AttentionMask = isCausal ? .causal : .none
        let parameters = [
            "queryKeyValue.weight", "queryKeyValue.bias", "output.weight", "output.bias",
        ]
        var generator = SplitMix64(seed: 0)
        var attention = MultiHeadAttention(dimensions: 12, heads: 3, using: &generator)
        for name in parameters { attention[parameter: name] = golden["\(unit).\(name)"] }
        let x = golden["\(unit).x"]
        let memory = golden.contains("\(unit).memory") ? golden["\(unit).memory"] : nil
        let dy = golden["\(unit).dy"]

        #expect(
            relativeError(attention(x, memory: memory, mask: mask), golden["\(unit).y"]) < 2e-6)
        #expect(
            absoluteError(
                attention.weights(x, memory: memory, mask: mask), golden["\(unit).weights"]) < 1e-6)
        let (_, gradients) = valueAndGradients(of: attention) {
            ($0(x, memory: memory, mask: mask) * dy).sum()
        }
        for name in parameters {
            let error = relativeError(try #require(gradients[name]), golden["\(unit).d\(name)"])
            #expect(error < 5e-6, "\(name) differs by \(error)")
        }
        let dx = gradient(at: x) { (attention($0, memory: memory, mask: mask) * dy).sum() }
        #expect(relativeError(dx, golden["\(unit).dx"]) < 5e-6)
        if let memory {
            let slope = gradient(at: memory) { (attention(x, memory: $0, mask: mask) * dy).sum() }
            #expect(relativeError(slope, golden["\(unit).dmemory"]) < 5e-6)
        }
    }

    @Test(
        "cross-entropy: mean and sum, with and without ignored targets",
        arguments: ["mean", "sum", "meanIgnoring", "sumIgnoring"])
    func crossEntropyUnit(_ name: String) {
        let unit = "crossEntropy.\(name)"
        let targets = golden.tokens("\(unit).targets")
        check(unit, ["logits"], upstream: "dloss", output: "loss") {
            crossEntropy(
                logits: $0[0], targets: targets, reduction: name.hasPrefix("mean") ? .mean : .sum)
        }
    }

    @Test("cross-entropy of a linear layer in one pass")
    func linearCrossEntropyUnit() {
        let unit = "linearCrossEntropy.meanIgnoring"
        let targets = golden.tokens("\(unit).targets")
        check(unit, ["x", "weight"], upstream: "dloss", output: "loss") {
            linearCrossEntropy($0[0], weight: $0[1], targets: targets)
        }
    }

    @Test("embedding, with repeated tokens")
    func embeddingUnit() {
        let (shape, ids) = golden.integers("embedding.ids")
        let tokens = TokenBatch(ids, batch: shape[0], time: shape[1])
        check("embedding", ["weight"]) { $0[0].rows(tokens) }
    }

    @Test("linear, with and without bias")
    func linearUnit() {
        check("linear.biased", ["x", "weight", "bias"]) {
            linear($0[0], weight: $0[1], bias: $0[2])
        }
        check("linear.plain", ["x", "weight"]) { linear($0[0], weight: $0[1]) }
    }

    // MARK: Optimizers

    private struct Vector: Module {
        var values: Tensor
        mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
            visitor.visit("values", &values)
        }
    }

    @Test(
        "three AdamW steps, with and without decay",
        arguments: [("decayed", Float(0.1)), ("plain", 0)])
    func adamW(_ name: String, _ decay: Float) {
        let unit = "adamW.\(name)"
        var model = Vector(values: golden["\(unit).start"])
        var optimizer = AdamW(
            learningRate: 0.01, betas: (0.9, 0.95), eps: 1e-8, weightDecay: decay,
            decays: { _, _ in true })
        for step in 0..<3 {
            let gradients = Gradients(
                names: ["values"], values: [golden["\(unit).gradients"][step]])
            optimizer.update(&model, along: gradients)
            #expect(relativeError(model.values, golden["\(unit).parameters"][step]) < 1e-6)
            #expect(
                relativeError(optimizer.moments[0].first, golden["\(unit).firstMoments"][step])
                    < 1e-6)
            #expect(
                relativeError(optimizer.moments[0].second, golden["\(unit).secondMoments"][step])
                    < 1e-6)
        }
    }

    @Test(
        "three SGD steps, with and without momentum",
        arguments: [("plain", Float(0)), ("momentum", 0.9)])
    func sgd(_ name: String, _ momentum: Float) {
        let unit = "sgd.\(name)"
        var model = Vector(values: golden["\(unit).start"])
        var optimizer = SGD(learningRate: .constant(0.1), momentum: momentum)
        for step in 0..<3 {
            let gradients = Gradients(
                names: ["values"], values: [golden["\(unit).gradients"][step]])
            optimizer.update(&model, along: gradients)
            #expect(relativeError(model.values, golden["\(unit).parameters"][step]) < 1e-6)
        }
    }

    @Test("clipping to a global norm", arguments: ["above", "below"])
    func clipping(_ name: String) {
        let unit = "clipping.\(name)"
        let gradients = Gradients(
            names: ["a", "b"], values: [golden["\(unit).a"], golden["\(unit).b"]])
        let clipped = gradients.clipped(toNorm: 1)
        #expect(abs(gradients.norm - golden["\(unit).norm"].item()) < 1e-6 * gradients.norm)
        #expect(relativeError(clipped[0], golden["\(unit).clippedA"]) < 1e-6)
        #expect(relativeError(clipped[1], golden["\(unit).clippedB"]) < 1e-6)
    }
}
