import MiniNN
import MiniTensor

// Looking inside. These take the plain way through the modules, layer by layer, which shows more than
// the fast one and is easy to read.

extension GPT: InspectableModel, AttentionInspectableModel {
    /// What each token means: `[vocabulary, width]`.
    public var tokenEmbeddings: Tensor { tokenEmbedding.weight }

    /// The residual stream through the final norm.
    ///
    /// - Parameter stream: `[time, width]`, after any layer.
    /// - Returns: `[time, width]`.
    public func normalizedForHead(_ stream: Tensor) -> Tensor { finalNorm(stream) }

    /// How many heads each layer has: the same for all.
    public var attentionHeads: [Int] {
        [Int](repeating: configuration.heads, count: configuration.layers)
    }

    /// How much every position takes from each earlier one, in each head of one layer.
    ///
    /// - Parameters:
    ///   - tokens: at most `contextLength`.
    ///   - layer: from 0.
    /// - Returns: `[heads, time, time]`: row t adds up to 1, and is 0 right of t.
    public func attentionWeights(of tokens: [Int32], layer: Int) -> Tensor {
        precondition(
            blocks.indices.contains(layer),
            "There is no layer \(layer) among \(blocks.count).")
        let block = blocks[layer]
        let x = residualStream(of: tokens, layers: layer)
        return block.attention.weights(block.attentionNorm(x))[0, .ellipsis]
    }

    /// What the model would say if it ended after each layer: the stream at that point through the
    /// final norm and the head ("logit lens", nostalgebraist 2020).
    ///
    /// - Parameters:
    ///   - tokens: at most `contextLength`.
    ///   - position: of which token; the last unless given.
    /// - Returns: `[layers + 1, vocabulary]`: the embedding first; the last are the model's logits.
    public func logitsAfterEachLayer(of tokens: [Int32], at position: Int? = nil) -> Tensor {
        let position = position ?? tokens.count - 1
        precondition(
            tokens.indices.contains(position),
            "There is no position \(position) among \(tokens.count) tokens.")
        let rows = residualStreams(of: tokens).map { $0[position..<(position + 1)] }
        return logits(of: finalNorm(concatenated(rows, axis: 0)))
    }

    /// What runs through the model: the embedding, then the stream after each block.
    ///
    /// - Parameter tokens: at most `contextLength`.
    /// - Returns: `layers + 1` times `[time, width]`.
    public func residualStreams(of tokens: [Int32]) -> [Tensor] {
        var x = residualStream(of: tokens, layers: 0)
        var streams = [x[0]]
        for block in blocks {
            x = block(x)
            streams.append(x[0])
        }
        return streams
    }

    /// The residual stream after so many layers: `[1, time, width]`.
    private func residualStream(of tokens: [Int32], layers: Int) -> Tensor {
        precondition(
            !tokens.isEmpty && tokens.count <= configuration.contextLength,
            "The model looks at 1 to \(configuration.contextLength) tokens, but \(tokens.count) were given."
        )
        let start = tokenEmbedding(TokenBatch(tokens)) + positionEmbedding(time: tokens.count)
        return blocks.prefix(layers).reduce(start) { $1($0) }
    }
}
