import MiniGPT
import MiniNN
import Testing

// snippet: Documentation/TrainingABlock.md 1, RMSNorm => MiniNN.RMSNorm
struct LlamaDecoder: LanguageModel {
    let vocabularySize: Int, contextLength = 64
    var embedding: Embedding
    var blocks: [TransformerBlock<MiniNN.RMSNorm, GatedFeedForward>]
    var norm: MiniNN.RMSNorm

    init(vocabularySize: Int, using random: inout some RandomNumberGenerator) {
        self.vocabularySize = vocabularySize
        embedding = Embedding(count: vocabularySize, dimensions: 64, using: &random)
        norm = MiniNN.RMSNorm(dimensions: 64)
        blocks = []
        for _ in 0..<2 {
            let attention = MultiHeadAttention(
                dimensions: 64, heads: 4, keyValueHeads: 2, bias: false,
                rotary: RotaryEmbedding(dimensions: 16), using: &random)
            let feedForward = GatedFeedForward(dimensions: 64, using: &random)
            blocks.append(
                TransformerBlock(
                    attentionNorm: norm, attention: attention, feedForwardNorm: norm,
                    feedForward: feedForward))
        }
    }

    func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor {
        embedding.asLinear(norm(blocks.reduce(embedding(tokens)) { $1($0, mode: mode) }))
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("embedding", &embedding)
        visitor.visit("blocks", &blocks)
        visitor.visit("norm", &norm)
    }
}
// end of snippet

/// `Documentation/Layers.md`, `TrainingABlock.md` and `ClassifyingDigits.md`. `RMSNorm` is the library's: the
/// reader of another page writes one of that name.
@Suite("Layers")
struct LayersSnippets {
    @Test("Attention is settings, blocks are parts")
    func layers() {
        var random = SplitMix64(seed: 1)
        // snippet: Documentation/Layers.md 1, RMSNorm => MiniNN.RMSNorm
        // Llama and Mistral: rotary positions, heads that share keys, no biases.
        let llama = MultiHeadAttention(
            dimensions: 64, heads: 8, keyValueHeads: 2, bias: false,
            rotary: RotaryEmbedding(dimensions: 8), using: &random)
        // Qwen 2: biases of queries, keys and values alone.
        let qwen2 = MultiHeadAttention(
            dimensions: 64, heads: 8, keyValueHeads: 2, outputBias: false,
            rotary: RotaryEmbedding(dimensions: 8, base: 1_000_000), using: &random)
        // Qwen 3: norms of queries and keys, heads wider than the width divided by their number.
        let qwen3 = MultiHeadAttention(
            dimensions: 64, heads: 8, keyValueHeads: 4, headWidth: 16, bias: false,
            rotary: RotaryEmbedding(dimensions: 16, base: 1_000_000),
            queryNorm: MiniNN.RMSNorm(dimensions: 16), keyNorm: MiniNN.RMSNorm(dimensions: 16),
            using: &random)
        // T5: scores as they are, positions as a bias.
        let t5 = MultiHeadAttention(dimensions: 64, heads: 8, bias: false, scale: 1, using: &random)
        let positions = RelativePositionBias(heads: 8, isBidirectional: true, using: &random)
        // end of snippet
        // snippet: Documentation/Layers.md 2
        let x = Tensor.normal([2, 10, 64], using: &random)
        let padding = attentionBias(lengths: [10, 7], keys: 10)
        let causal = llama(x, mask: .causal)
        let windowed = llama(x, mask: .slidingWindow(4))
        let encoded = t5(x, mask: .none, bias: positions(queries: 10, keys: 10) + padding)
        let memory = Tensor.normal([2, 6, 64], using: &random)
        let crossed = t5(x, memory: memory, mask: .none)
        // end of snippet
        for y in [causal, windowed, encoded, crossed, qwen2(x), qwen3(x)] {
            #expect(y.shape == [2, 10, 64] && y.scalars.allSatisfy { $0.isFinite })
        }
        // snippet: Documentation/Layers.md 3
        let bert = TransformerBlock(
            attentionNorm: LayerNorm(dimensions: 64, eps: 1e-12),
            attention: MultiHeadAttention(dimensions: 64, heads: 8, using: &random),
            feedForwardNorm: LayerNorm(dimensions: 64, eps: 1e-12),
            feedForward: FeedForward(dimensions: 64, activation: .gelu, using: &random),
            norms: .after)
        let understood = bert(x, mask: .none, bias: padding)
        // end of snippet
        #expect(understood.shape == x.shape)
        // snippet: Documentation/Layers.md 4
        let squared = Activation("squared relu") { square(relu($0)) }
        let diagonal = Initializer { shape, generator in
            let noise = Tensor.normal(shape, standardDeviation: 0.01, using: &generator)
            return .identity(shape[0]) + noise
        }
        let mixed = Sequential(
            Linear(64, 64, initializer: diagonal, using: &random), squared, Dropout(p: 0.1),
            Linear(64, 10, initializer: .glorotUniform, using: &random))
        let scores = mixed(x, mode: .training(seed: 1))
        // end of snippet
        #expect(scores.shape == [2, 10, 10])
    }

    @Test("A decoder of Llama's blocks learns")
    func decoder() throws {
        let text = shortText
        // snippet: Documentation/TrainingABlock.md 2, 500 => 4, of: 50 => of: 1
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 64)
        var random = SplitMix64(seed: 1)
        var model = LlamaDecoder(vocabularySize: tokenizer.vocabularySize, using: &random)
        var optimizer = AdamW(learningRate: 3e-3)
        for step in 0...4 {
            let (inputs, targets) = data.batch(16, using: &random)
            let (loss, gradients) = model.lossAndGradients(inputs, targets: targets)
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
            if step.isMultiple(of: 1) { print("step \(step): loss \(loss)") }
        }
        // end of snippet
        #expect(model.parameterCount > 50_000)
    }

    @Test("A small classifier learns")
    func classifier() {
        // snippet: Documentation/ClassifyingDigits.md 1
        var random = SplitMix64(seed: 1)
        var model = Sequential(
            Linear(64, 64, initializer: .heNormal, using: &random), Activation.relu,
            Dropout(p: 0.1), Linear(64, 10, using: &random))
        var optimizer = AdamW(learningRate: 3e-3)
        // end of snippet
        // Four patterns in place of digits.
        let patterns = Tensor.normal([4, 64], using: &random)
        let labels = (0..<64).map { Int32($0 % 4) }
        let images = patterns.take((0..<64).map { $0 % 4 }, axis: 0)
        let (places, test) = (Array(0..<48), Array(48..<64))
        var total: Float = 0
        for _ in 0..<20 {
            // snippet: Documentation/ClassifyingDigits.md 2
            for start in stride(from: 0, to: places.count, by: 32) {
                let batch = Array(places[start..<min(start + 32, places.count)])
                let x = images.take(batch, axis: 0)
                let targets = IntTensor(batch.map { labels[$0] })
                let mode = Mode.training(seed: random.next())
                let (loss, gradients) = valueAndGradients(of: model) {
                    crossEntropy(logits: $0(x, mode: mode), labels: targets)
                }
                optimizer.update(&model, along: gradients)
                total += loss * Float(batch.count)
            }
            // end of snippet
        }
        // snippet: Documentation/ClassifyingDigits.md 3
        let found = model(images.take(test, axis: 0)).argMax(axis: -1)
        let right = Int((found .== IntTensor(test.map { labels[$0] })).sum().item())
        // end of snippet
        #expect(right == 16)
    }
}
