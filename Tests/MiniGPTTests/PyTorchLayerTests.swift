import MiniGPT
import Testing

/// Layers of today's models beside PyTorch and Hugging Face's Transformers: values and gradients.
@Suite struct PyTorchLayerTests {
    let golden: GoldenFile

    init() throws { golden = try GoldenFile("layers") }

    // MARK: Operations

    /// The value, and the gradients that `dy` as the upstream gradient gives.
    private func check(_ unit: String, _ inputs: [String], _ operation: ([Tensor]) -> Tensor) {
        let tensors = inputs.map { golden["\(unit).\($0)"] }
        let error = relativeError(operation(tensors), golden["\(unit).y"])
        #expect(error < 1e-5, "\(unit): the value differs by \(error)")
        let dy = golden["\(unit).dy"]
        let (_, gradients) = valueAndGradients(at: tensors) { (operation($0) * dy).sum() }
        for (input, gradient) in zip(inputs, gradients) {
            let error = relativeError(gradient, golden["\(unit).d\(input)"])
            #expect(error < 2e-5, "\(unit): d\(input) differs by \(error)")
        }
    }

    @Test("RMS norm", arguments: [7, 33])
    func rmsNormUnit(_ width: Int) {
        check("rmsNorm.\(width)", ["x", "weight"]) { rmsNorm($0[0], weight: $0[1]) }
    }

    @Test("SiLU and SwiGLU")
    func siluUnit() {
        check("silu", ["x"]) { silu($0[0]) }
        check("swiGLU", ["gate", "up"]) { swiGLU(gate: $0[0], up: $0[1]) }
    }

    @Test("convolution over time", arguments: [("plain", 1, 0, 1), ("wide", 2, 3, 2)])
    func convolution(_ name: String, _ stride: Int, _ padding: Int, _ dilation: Int) {
        check("conv1d.\(name)", ["x", "weight", "bias"]) {
            conv1d(
                $0[0], weight: $0[1], bias: $0[2], stride: stride, padding: padding,
                dilation: dilation)
        }
    }

    @Test("attention whose heads share keys, with a bias, a window and padding")
    func attention() {
        func attend(
            _ x: [Tensor], _ mask: AttentionMask = .none, bias: Tensor? = nil
        ) -> Tensor {
            scaledDotProductAttention(
                queries: x[0], keys: x[1], values: x[2], mask: mask, bias: bias)
        }
        check("attention.grouped", ["q", "k", "v"]) { attend($0) }
        check("attention.bias", ["q", "k", "v", "bias"]) { attend($0, bias: $0[3]) }
        check("attention.window", ["q", "k", "v"]) { attend($0, .slidingWindow(3)) }
        check("attention.padding", ["q", "k", "v"]) {
            attend($0, bias: attentionBias(lengths: [9, 4], keys: 9))
        }
    }

    // MARK: Positions

    private static let scalings: [(String, RotaryScaling)] = [
        ("default", .none), ("linear", .linear(factor: 4)),
        ("llama3", .llama3(factor: 8, original: 64)), ("yarn", .yarn(factor: 4, original: 64)),
    ]

    @Test("rotary positions and their scalings", arguments: scalings)
    func rotaryScaling(_ name: String, _ scaling: RotaryScaling) {
        let rotary = RotaryEmbedding(dimensions: 32, scaling: scaling)
        let unit = "rotary.\(name)"
        #expect(
            absoluteError(
                Tensor(rotary.frequencies) / golden["\(unit).frequencies"], .ones([16])) < 1e-6)
        #expect(abs(rotary.magnitude - golden["\(unit).magnitude"].item()) < 1e-6)
        // At positions around 100 an angle has five digits left behind the point.
        #expect(relativeError(rotary(golden["\(unit).x"], from: 100), golden["\(unit).y"]) < 1e-5)
    }

    @Test("rotary positions of neighbouring pairs, as Meta's own files have them")
    func interleavedRotary() {
        let rotary = RotaryEmbedding(dimensions: 8, pairing: .interleaved)
        let unit = "rotary.interleaved"
        #expect(relativeError(rotary(golden["\(unit).x"]), golden["\(unit).y"]) < 1e-5)
    }

    @Test("the buckets of T5's relative positions", arguments: [true, false])
    func relativePositions(isBidirectional: Bool) {
        let unit = "relativePositions.\(isBidirectional ? "both" : "past")"
        let bias = RelativePositionBias(
            weight: Tensor(0..<32, shape: [32, 1]), isBidirectional: isBidirectional)
        let expected = golden.integers(unit).values
        // Distances −150 … 150 from the middle one of 301 positions.
        let found = bias(queries: 301, keys: 301)[0, 150].scalars.map { Int32($0) }
        let first = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(first == nil && found.count == expected.count)
    }

    // MARK: Blocks

    /// The parameters of a golden put into a module of ours; then value and all gradients.
    private func check<Block: Module>(
        _ unit: String, _ start: Block, inputs: [String], _ run: (Block, [Tensor]) -> Tensor
    ) throws {
        var block = start
        let names = golden.names(after: "\(unit).weights.")
        #expect(names == block.parameters.map(\.name).sorted())
        for name in names { block[parameter: name] = golden["\(unit).weights.\(name)"] }
        let (tensors, dy) = (inputs.map { golden["\(unit).\($0)"] }, golden["\(unit).dy"])
        let error = relativeError(run(block, tensors), golden["\(unit).y"])
        #expect(error < 1e-5, "\(unit): the value differs by \(error)")
        let (_, gradients) = valueAndGradients(of: block) { (run($0, tensors) * dy).sum() }
        for name in names {
            let error = relativeError(
                try #require(gradients[name]), golden["\(unit).gradients.\(name)"])
            #expect(error < 1e-4, "\(unit): the gradient of \(name) differs by \(error)")
        }
        let (_, slopes) = valueAndGradients(at: tensors) { (run(block, $0) * dy).sum() }
        for (input, slope) in zip(inputs, slopes) {
            let error = relativeError(slope, golden["\(unit).d\(input)"])
            #expect(error < 1e-4, "\(unit): d\(input) differs by \(error)")
        }
    }

    @Test("Llama's block and Qwen 3's", arguments: ["llama", "qwen3"])
    func decoderBlock(_ name: String) throws {
        let isQwen = name == "qwen3"
        var generator = SplitMix64(seed: 1)
        let block = TransformerBlock(
            attentionNorm: RMSNorm(dimensions: 16),
            attention: MultiHeadAttention(
                dimensions: 16, heads: 4, keyValueHeads: 2, headWidth: 6, bias: isQwen,
                rotary: RotaryEmbedding(dimensions: 6),
                queryNorm: isQwen ? RMSNorm(dimensions: 6) : nil,
                keyNorm: isQwen ? RMSNorm(dimensions: 6) : nil, using: &generator),
            feedForwardNorm: RMSNorm(dimensions: 16),
            feedForward: GatedFeedForward(dimensions: 16, hidden: 24, using: &generator))
        for recomputes in [false, true] {
            try check("block.\(name)", block, inputs: ["x"]) {
                $0($1[0], recomputesInside: recomputes)
            }
        }
    }

    @Test("the original encoder's block, with norms after the sums and padding")
    func encoderBlock() throws {
        var generator = SplitMix64(seed: 1)
        let block = TransformerBlock(
            attentionNorm: LayerNorm(dimensions: 16),
            attention: MultiHeadAttention(dimensions: 16, heads: 4, using: &generator),
            feedForwardNorm: LayerNorm(dimensions: 16),
            feedForward: FeedForward(
                dimensions: 16, hidden: 20, activation: .gelu, using: &generator),
            norms: .after)
        let padding = attentionBias(lengths: [7, 4], keys: 7)
        try check("block.encoder", block, inputs: ["x"]) {
            $0($1[0], mask: .none, bias: padding)
        }
    }

    @Test("a decoder's block with attention to a memory")
    func crossAttentionBlock() throws {
        var generator = SplitMix64(seed: 1)
        let norm = LayerNorm(dimensions: 16)
        let block = CrossAttentionBlock(
            attentionNorm: norm,
            attention: MultiHeadAttention(dimensions: 16, heads: 4, using: &generator),
            memoryNorm: norm,
            memoryAttention: MultiHeadAttention(dimensions: 16, heads: 4, using: &generator),
            feedForwardNorm: norm,
            feedForward: FeedForward(
                dimensions: 16, hidden: 20, activation: .relu, using: &generator))
        let padding = attentionBias(lengths: [7, 4], keys: 7)
        try check("block.cross", block, inputs: ["x", "memory"]) {
            $0($1[0], memory: $1[1], memoryBias: padding)
        }
    }
}
