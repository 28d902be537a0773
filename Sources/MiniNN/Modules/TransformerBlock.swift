import MiniTensor

/// One layer of a transformer: attention, then a feed-forward layer; each adds to the residual stream.
///
///     x = x + attention(norm(x))
///     x = x + feedForward(norm(x))
///
/// The norms come first ("pre-norm", GPT-2), which keeps deep stacks trainable. Norm and feed-forward
/// layer can be any: `TransformerBlock<RMSNorm, SwiGLU>` is a block with two of your own.
public struct TransformerBlock<Norm: Layer, Inner: FeedForwardLayer>: Module,
    CustomStringConvertible
{
    /// Normalises the input of attention.
    public var attentionNorm: Norm
    /// Lets every position take from others.
    public var attention: MultiHeadAttention
    /// Normalises the input of the feed-forward layer.
    public var feedForwardNorm: Norm
    /// Works on each position alone.
    public var feedForward: Inner
    /// Drops parts of what is added to the residual stream while training.
    public let dropout: Dropout

    /// A block of the given parts.
    ///
    /// - Parameter dropout: the share of what is added to the residual stream that is dropped while
    ///   training, from 0 to below 1.
    public init(
        attentionNorm: Norm, attention: MultiHeadAttention, feedForwardNorm: Norm,
        feedForward: Inner, dropout: Float = 0
    ) {
        self.attentionNorm = attentionNorm
        self.attention = attention
        self.feedForwardNorm = feedForwardNorm
        self.feedForward = feedForward
        self.dropout = Dropout(p: dropout)
    }

    /// The block's output for its input.
    ///
    /// - Parameters:
    ///   - x: the residual stream, `[batch, time, width]`; the result has the same shape.
    ///   - recomputesInside: whether the widest activations are recomputed for the gradients instead
    ///     of being kept: seven tenths of what a wide block keeps, for a fifth of the time of its step.
    public func callAsFunction(
        _ x: Tensor, mask: AttentionMask = .causal, mode: Mode = .inference,
        recomputesInside: Bool = false
    ) -> Tensor {
        let middle = addingAttention(
            to: x, mask: mask, mode: mode, recomputesInside: recomputesInside)
        return addingFeedForward(to: middle, mode: mode, recomputesInside: recomputesInside)
    }

    /// The first half: x + attention(norm(x)).
    public func addingAttention(
        to x: Tensor, mask: AttentionMask = .causal, mode: Mode = .inference,
        recomputesInside: Bool = false
    ) -> Tensor {
        let normed = attentionNorm(x)
        guard drops(mode) else {
            return attention(
                normed, mask: mask, mode: mode.part(0), addingTo: x,
                recomputesInside: recomputesInside)
        }
        let attended = attention(
            normed, mask: mask, mode: mode.part(0), recomputesInside: recomputesInside)
        return x + dropout(attended, mode: mode.part(1))
    }

    /// The second half: x + feedForward(norm(x)).
    public func addingFeedForward(
        to x: Tensor, mode: Mode = .inference, recomputesInside: Bool = false
    ) -> Tensor {
        let normed = feedForwardNorm(x)
        guard drops(mode) else {
            return feedForward(normed, addingTo: x, recomputesInside: recomputesInside)
        }
        let result = feedForward(normed, addingTo: nil, recomputesInside: recomputesInside)
        return x + dropout(result, mode: mode.part(2))
    }

    private func drops(_ mode: Mode) -> Bool { mode != .inference && dropout.p > 0 }

    /// Shows norms, attention and feed-forward layer.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("attentionNorm", &attentionNorm)
        visitor.visit("attention", &attention)
        visitor.visit("feedForwardNorm", &feedForwardNorm)
        visitor.visit("feedForward", &feedForward)
    }
}
