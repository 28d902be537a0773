import MiniGPT

/// x·sigmoid(x) (Elfwing et al. 2018).
func silu(_ x: Tensor) -> Tensor {
    customDerivative(of: x) { x in
        (result: x * sigmoid(x), saved: x)
    } backward: { gradient, x in
        let s = sigmoid(x)
        return gradient * s * (1 + x * (1 - s))
    }
}

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
