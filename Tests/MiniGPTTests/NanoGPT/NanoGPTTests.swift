import MiniGPT
import Testing

/// nanoGPT's file in Swift is a GPT of ours, and learns and speaks as its author wrote it.
@Suite struct NanoGPTTests {
    private static let config = NanoGPT.Config(
        blockSize: 16, vocabSize: 23, nLayer: 2, nHead: 3, nEmbd: 12)

    /// A model of the library and the translated one with the same weights.
    private func pair() -> (ours: GPT, nano: NanoGPT) {
        var random = SplitMix64(seed: 3)
        let ours = GPT(
            .init(
                vocabularySize: 23, contextLength: 16, layers: 2, heads: 3, width: 12,
                activation: .gelu), using: &random)
        var nano = NanoGPT(Self.config, using: &random)
        let names = [
            ("tokenEmbedding", "wte"), ("positionEmbedding", "wpe"), ("blocks", "h"),
            ("attentionNorm", "ln1"), ("feedForwardNorm", "ln2"), ("finalNorm", "lnF"),
            ("attention.queryKeyValue", "attn.cAttn"), ("attention.output", "attn.cProj"),
            ("feedForward.up", "mlp.cFc"), ("feedForward.down", "mlp.cProj"),
        ]
        for (name, value) in ours.parameters {
            let translated = names.reduce(name) { $0.replacing($1.0, with: $1.1) }
            nano[parameter: translated] = value
        }
        return (ours, nano)
    }

    @Test func theTranslationIsTheSameModel() {
        let (ours, nano) = pair()
        #expect(nano.getNumParams(nonEmbedding: false) == ours.parameterCount)
        #expect(nano.getNumParams() == ours.parameterCount - 16 * 12)
        let inputs: TokenBatch = [[1, 5, 22, 0, 7, 7], [3, 9, 9, 2, 1, 0]]
        let targets: TokenBatch = [[5, 22, 0, -1, 7, 4], [9, 9, 2, 1, -1, 3]]
        let logits = ours(inputs)
        for usesFlash in [true, false] {
            let found = nano(inputs, targets: targets, usesFlash: usesFlash)
            #expect(relativeError(found.logits, logits) < 1e-5)
            let loss = ours.loss(inputs, targets: targets).item()
            #expect(abs((found.loss?.item() ?? 0) - loss) < 1e-5)
        }
        #expect(relativeError(nano(inputs).logits, logits[.all, (-1)..., .all]) < 1e-5)
    }

    @Test func itLearnsAndSpeaks() {
        var random = SplitMix64(seed: 4)
        var config = Self.config
        config.dropout = 0.1
        var model = NanoGPT(config, using: &random)
        let text = (0..<200).map { Int32($0 % 7) }
        let data = TokenDataset(text, contextLength: 15)
        var optimizer = model.configureOptimizers(
            weightDecay: 0.1, learningRate: 1e-2, betas: (0.9, 0.95))
        var losses: [Float] = []
        for step in 0..<60 {
            let (inputs, targets) = data.batch(4, using: &random)
            let mode = Mode.training(seed: UInt64(step))
            let (loss, gradients) = valueAndGradients(of: model) {
                $0(inputs, targets: targets, mode: mode, usesFlash: step.isMultiple(of: 2)).loss
                    ?? .zeros([])
            }
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
            losses.append(loss)
        }
        #expect(losses[0] > 2.5 && losses[59] < 0.7, "\(losses[0]), \(losses[59])")
        model.cropBlockSize(8)
        let spoken = model.generate(
            [0, 1, 2, 3], maxNewTokens: 20, temperature: 0.1, topK: 3, using: &random)
        #expect(spoken == (0..<24).map { Int32($0 % 7) })
    }
}
