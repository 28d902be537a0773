import MiniGPT

/// One of the parts of today's decoders, fused and made of single operations.
public struct LayerWork: Sendable {
    /// Which part.
    public enum Kind: String, Sendable, CaseIterable {
        case rmsNorm, rotary, swiGLU
        /// Of a decoder: later positions and padding are hidden.
        case maskedAttention
        /// Of an encoder: padding is hidden.
        case paddedAttention
    }

    /// The size of a model's activations.
    public struct Size: Sendable, CaseIterable {
        /// The numbers of sequences, of their positions and of heads, and the numbers of a head.
        public let batch, time, heads, headWidth: Int

        /// The width of the residual stream.
        public var width: Int { heads * headWidth }

        /// A small model at its training size, and GPT-2.
        public static let allCases = [
            Size(batch: 8, time: 256, heads: 8, headWidth: 64),
            Size(batch: 4, time: 512, heads: 12, headWidth: 64),
        ]
    }

    /// The part that is measured.
    public let kind: Kind
    /// How large its inputs are.
    public let size: Size

    /// All parts at all sizes.
    public static let all = Size.allCases.flatMap { size in
        Kind.allCases.map { LayerWork(kind: $0, size: size) }
    }

    /// Whose gradients are computed.
    public func inputs() -> [Tensor] {
        var generator = SplitMix64(seed: 5)
        func normal(_ shape: Int...) -> Tensor { .normal(shape, using: &generator) }
        let (batch, time, width) = (size.batch, size.time, size.width)
        switch kind {
        case .rmsNorm: return [normal(batch, time, width), normal(width)]
        case .rotary: return [normal(batch, time, size.heads, size.headWidth)]
        case .swiGLU:
            let hidden = width * 8 / 3
            return [normal(batch, time, hidden), normal(batch, time, hidden)]
        case .maskedAttention, .paddedAttention:
            return (0..<3).map { _ in normal(batch, time, size.heads, size.headWidth) }
        }
    }

    /// The library's own operation.
    public func fused(_ x: [Tensor]) -> Tensor {
        switch kind {
        case .rmsNorm: rmsNorm(x[0], weight: x[1])
        case .rotary: RotaryEmbedding(dimensions: size.headWidth)(x[0].swappedAxes(1, 2))
        case .swiGLU: swiGLU(gate: x[0], up: x[1])
        case .maskedAttention, .paddedAttention:
            scaledDotProductAttention(
                queries: x[0].swappedAxes(1, 2), keys: x[1].swappedAxes(1, 2),
                values: x[2].swappedAxes(1, 2),
                mask: kind == .maskedAttention ? .causal : .none, bias: padding)
        }
    }

    /// The same made of single operations, as one writes it from the formula.
    public func composed(_ x: [Tensor]) -> Tensor {
        switch kind {
        case .rmsNorm:
            return x[0] / sqrt(square(x[0]).mean(axis: -1, keepDims: true) + 1e-5) * x[1]
        case .rotary:
            let (x, half) = (x[0].swappedAxes(1, 2), size.headWidth / 2)
            let (cosines, sines) = RotaryEmbedding(dimensions: size.headWidth).tables(
                0..<size.time)
            let (a, b) = (x[.ellipsis, 0..<half], x[.ellipsis, half...])
            return concatenated([a * cosines - b * sines, b * cosines + a * sines], axis: -1)
        case .swiGLU: return x[0] * sigmoid(x[0]) * x[1]
        case .maskedAttention, .paddedAttention:
            let (q, k, v) = (x[0].swappedAxes(1, 2), x[1].swappedAxes(1, 2), x[2].swappedAxes(1, 2))
            var scores = matmul(q, k.T) * (1 / Float(size.headWidth).squareRoot()) + padding
            if kind == .maskedAttention {
                let later = Tensor(0..<size.time) .> Tensor(0..<size.time, shape: [size.time, 1])
                scores = scores.filled(where: later, with: -.infinity)
            }
            return matmul(softmax(scores), v)
        }
    }

    /// Hides the last quarter of every second sequence.
    private var padding: Tensor {
        let lengths = (0..<size.batch).map { $0.isMultiple(of: 2) ? size.time : size.time * 3 / 4 }
        return attentionBias(lengths: lengths, keys: size.time)
    }
}
