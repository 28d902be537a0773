import Foundation
import MiniGPT

/// A decoder of Llama's blocks: RMS norm, rotary positions, shared keys, SwiGLU.
struct LlamaDecoder: LanguageModel {
    let vocabularySize: Int, contextLength = 64
    var embedding: Embedding
    var blocks: [TransformerBlock<RMSNorm, GatedFeedForward>]
    var norm: RMSNorm

    init(vocabularySize: Int, using random: inout some RandomNumberGenerator) {
        self.vocabularySize = vocabularySize
        embedding = Embedding(count: vocabularySize, dimensions: 64, using: &random)
        norm = RMSNorm(dimensions: 64)
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

/// Trains such a decoder on the characters of a text: `swift run TrainBlocks TEXT.txt [STEPS]`.
@main
struct TrainBlocks {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first, let steps = Int(arguments.dropFirst().first ?? "500")
        else { return print("usage: TrainBlocks TEXT.txt [STEPS]") }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 64)
        var random = SplitMix64(seed: 1)
        var model = LlamaDecoder(vocabularySize: tokenizer.vocabularySize, using: &random)
        var optimizer = AdamW(learningRate: 3e-3)
        for step in 0...steps {
            let (inputs, targets) = data.batch(16, using: &random)
            let (loss, gradients) = model.lossAndGradients(inputs, targets: targets)
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
            if step.isMultiple(of: 50) { print("step \(step): loss \(loss)") }
        }
    }
}
