import MiniNN
import MiniTensor

// A model whose parameters have shapes but no memory, to be filled from a file: making random
// numbers for 124 million parameters only to replace them would take longer than reading them.

extension GPT {
    /// A model whose parameters are all one zero, spread out.
    ///
    /// - Parameters:
    ///   - path: where the configuration came from, for messages.
    ///   - weightCount: how many tensors the file holds. A file with fewer tensors than the
    ///     configuration has layers is refused before anything of that size is made.
    static func skeleton(
        _ configuration: Configuration, path: String, weightCount: Int
    ) throws(InterchangeError) -> GPT {
        do throws(ConfigurationError) {
            try configuration.validate()
        } catch {
            throw .malformed(path: path, field: "the configuration", problem: error.description)
        }
        guard configuration.layers <= weightCount else {
            throw .malformed(
                path: path, field: "the number of layers",
                problem: "is \(configuration.layers), but there are only \(weightCount) tensors.")
        }
        return GPT(skeleton: configuration)
    }

    private init(skeleton c: Configuration) {
        let zero = Tensor.zeros([1])
        self.init(
            configuration: c,
            tokenEmbedding: Embedding(weight: zero.broadcast(to: [c.vocabularySize, c.width])),
            positionEmbedding: PositionalEncoding(
                weight: zero.broadcast(to: [c.contextLength, c.width]), isLearned: true),
            blocks: (0..<c.layers).map { _ in Block(skeleton: c, zero) },
            finalNorm: LayerNorm(skeleton: c, zero),
            head: c.tiesEmbeddings
                ? nil : Linear(weight: zero.broadcast(to: [c.vocabularySize, c.width])))
    }
}

extension GPT.Block {
    fileprivate init(skeleton c: GPT.Configuration, _ zero: Tensor) {
        self.init(
            attentionNorm: LayerNorm(skeleton: c, zero),
            attention: MultiHeadAttention(
                queryKeyValue: Linear(skeleton: c, c.width, 3 * c.width, zero),
                output: Linear(skeleton: c, c.width, c.width, zero), heads: c.heads,
                dropout: c.dropout),
            feedForwardNorm: LayerNorm(skeleton: c, zero),
            feedForward: FeedForward(
                up: Linear(skeleton: c, c.width, 4 * c.width, zero),
                down: Linear(skeleton: c, 4 * c.width, c.width, zero), activation: c.activation),
            dropout: c.dropout)
    }
}

extension Linear {
    fileprivate init(skeleton c: GPT.Configuration, _ inputs: Int, _ outputs: Int, _ zero: Tensor) {
        self.init(
            weight: zero.broadcast(to: [outputs, inputs]),
            bias: c.usesBias ? zero.broadcast(to: [outputs]) : nil)
    }
}

extension LayerNorm {
    fileprivate init(skeleton c: GPT.Configuration, _ zero: Tensor) {
        self.init(
            weight: zero.broadcast(to: [c.width]),
            bias: c.usesBias ? zero.broadcast(to: [c.width]) : nil, eps: c.layerNormEps)
    }
}
