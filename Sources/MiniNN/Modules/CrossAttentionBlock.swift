import MiniTensor

/// One layer of the decoder of an encoder-decoder: attention to itself, attention to what the encoder made of
/// its input, then a feed-forward layer; each adds to the residual stream.
///
///     x = x + attention(norm(x))
///     x = x + memoryAttention(norm(x), memory)
///     x = x + feedForward(norm(x))
///
/// Vaswani et al. 2017, with the norms after the sums; T5 (Raffel et al. 2020) with the norms before.
public struct CrossAttentionBlock<Norm: Layer, Inner: FeedForwardLayer>: Module,
    CustomStringConvertible
{
    /// Normalises the input of attention, or its sum with the residual stream.
    public var attentionNorm: Norm
    /// Lets every position take from others.
    public var attention: MultiHeadAttention
    /// Normalises the input of attention to the memory, or its sum with the residual stream.
    public var memoryNorm: Norm
    /// Lets every position take from the memory.
    public var memoryAttention: MultiHeadAttention
    /// Normalises the input of the feed-forward layer, or its sum with the residual stream.
    public var feedForwardNorm: Norm
    /// Works on each position alone.
    public var feedForward: Inner
    /// Where the norms stand.
    public let norms: NormPlacement
    /// Drops parts of what is added to the residual stream while training.
    public let dropout: Dropout

    /// A block of the given parts.
    ///
    /// - Parameters:
    ///   - norms: where the norms stand.
    ///   - dropout: the share of what is added to the residual stream that is dropped while training, from 0
    ///     to below 1.
    public init(
        attentionNorm: Norm, attention: MultiHeadAttention, memoryNorm: Norm,
        memoryAttention: MultiHeadAttention, feedForwardNorm: Norm, feedForward: Inner,
        norms: NormPlacement = .before, dropout: Float = 0
    ) {
        (self.attentionNorm, self.attention) = (attentionNorm, attention)
        (self.memoryNorm, self.memoryAttention) = (memoryNorm, memoryAttention)
        (self.feedForwardNorm, self.feedForward) = (feedForwardNorm, feedForward)
        self.norms = norms
        self.dropout = Dropout(p: dropout)
    }

    /// The block's output for its input.
    ///
    /// - Parameters:
    ///   - x: the residual stream, `[batch, time, width]`; the result has the same shape.
    ///   - memory: what the encoder gave, `[batch, keys, width]`.
    ///   - mask: which positions a position of `x` sees; of the memory it sees all that `memoryBias` shows.
    ///   - bias: what is added to the scores of attention to itself.
    ///   - memoryBias: what is added to the scores of attention to the memory, such as
    ///     `attentionBias(lengths:keys:)` against its padding.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor, mask: AttentionMask = .causal, bias: Tensor? = nil,
        memoryBias: Tensor? = nil, mode: Mode = .inference
    ) -> Tensor {
        var x = norms.adding(to: x, norm: attentionNorm, dropout: dropout, mode: mode.part(1)) {
            attention($0, mask: mask, bias: bias, mode: mode.part(0), addingTo: $1)
        }
        x = norms.adding(to: x, norm: memoryNorm, dropout: dropout, mode: mode.part(4)) {
            memoryAttention(
                $0, memory: memory, mask: .none, bias: memoryBias, mode: mode.part(3),
                addingTo: $1)
        }
        return norms.adding(to: x, norm: feedForwardNorm, dropout: dropout, mode: mode.part(2)) {
            feedForward($0, addingTo: $1, recomputesInside: false)
        }
    }

    /// Shows norms, attentions and feed-forward layer.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("attentionNorm", &attentionNorm)
        visitor.visit("attention", &attention)
        visitor.visit("memoryNorm", &memoryNorm)
        visitor.visit("memoryAttention", &memoryAttention)
        visitor.visit("feedForwardNorm", &feedForwardNorm)
        visitor.visit("feedForward", &feedForward)
    }
}
