import MiniTensor

/// Where the norms of a transformer block stand.
public enum NormPlacement: String, Sendable, Codable, CaseIterable {
    /// Before attention and before the feed-forward layer (GPT-2, Llama, T5): the residual stream itself is
    /// never normalised, which keeps deep stacks trainable.
    case before
    /// After each sum (the original transformer, BERT).
    case after
}

/// One layer of a transformer: attention, then a feed-forward layer; each adds to the residual stream.
///
///     x = x + attention(norm(x))            // norms: .before ("pre-norm")
///     x = x + feedForward(norm(x))
///
///     x = norm(x + attention(x))            // norms: .after ("post-norm")
///     x = norm(x + feedForward(x))
///
/// Norm and feed-forward layer can be any: `TransformerBlock<RMSNorm, GatedFeedForward>` is Llama's block,
/// and one with two of your own is yours.
public struct TransformerBlock<Norm: Layer, Inner: FeedForwardLayer>: Module,
    CustomStringConvertible
{
    /// Normalises the input of attention, or its sum with the residual stream.
    public var attentionNorm: Norm
    /// Lets every position take from others.
    public var attention: MultiHeadAttention
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
        attentionNorm: Norm, attention: MultiHeadAttention, feedForwardNorm: Norm,
        feedForward: Inner, norms: NormPlacement = .before, dropout: Float = 0
    ) {
        self.attentionNorm = attentionNorm
        self.attention = attention
        self.feedForwardNorm = feedForwardNorm
        self.feedForward = feedForward
        self.norms = norms
        self.dropout = Dropout(p: dropout)
    }

    /// The block's output for its input.
    ///
    /// - Parameters:
    ///   - x: the residual stream, `[batch, time, width]`; the result has the same shape.
    ///   - mask: which positions a position sees.
    ///   - bias: what is added to the scores of attention, broadcast to `[batch, heads, time, time]`.
    ///   - recomputesInside: whether the widest activations are recomputed for the gradients instead
    ///     of being kept: seven tenths of what a wide block keeps, for a fifth of the time of its step.
    public func callAsFunction(
        _ x: Tensor, mask: AttentionMask = .causal, bias: Tensor? = nil, mode: Mode = .inference,
        recomputesInside: Bool = false
    ) -> Tensor {
        let middle = addingAttention(
            to: x, mask: mask, bias: bias, mode: mode, recomputesInside: recomputesInside)
        return addingFeedForward(to: middle, mode: mode, recomputesInside: recomputesInside)
    }

    /// The first half: x + attention(norm(x)), or norm(x + attention(x)).
    public func addingAttention(
        to x: Tensor, mask: AttentionMask = .causal, bias: Tensor? = nil, mode: Mode = .inference,
        recomputesInside: Bool = false
    ) -> Tensor {
        norms.adding(to: x, norm: attentionNorm, dropout: dropout, mode: mode.part(1)) {
            attention(
                $0, mask: mask, bias: bias, mode: mode.part(0), addingTo: $1,
                recomputesInside: recomputesInside)
        }
    }

    /// The second half: x + feedForward(norm(x)), or norm(x + feedForward(x)).
    public func addingFeedForward(
        to x: Tensor, mode: Mode = .inference, recomputesInside: Bool = false
    ) -> Tensor {
        norms.adding(to: x, norm: feedForwardNorm, dropout: dropout, mode: mode.part(2)) {
            feedForward($0, addingTo: $1, recomputesInside: recomputesInside)
        }
    }

    /// Shows norms, attention and feed-forward layer.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("attentionNorm", &attentionNorm)
        visitor.visit("attention", &attention)
        visitor.visit("feedForwardNorm", &feedForwardNorm)
        visitor.visit("feedForward", &feedForward)
    }
}

extension NormPlacement {
    /// What a part of a block gives, added to the residual stream, with a norm where it belongs.
    ///
    /// - Parameter part: computes the part's result, added to a residual stream if there is one to add to.
    func adding(
        to x: Tensor, norm: some Layer, dropout: Dropout, mode: Mode,
        _ part: (_ input: Tensor, _ residual: Tensor?) -> Tensor
    ) -> Tensor {
        let input = self == .before ? norm(x) : x
        let drops = mode != .inference && dropout.p > 0
        let sum = drops ? x + dropout(part(input, nil), mode: mode) : part(input, x)
        return self == .before ? sum : norm(sum)
    }
}
