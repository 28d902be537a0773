import MiniTensor

/// Two linear layers with a bend between them: each position thinks for itself.
public struct FeedForward: Layer, CustomStringConvertible {
    /// Widens: `[hidden, dimensions]`.
    public var up: Linear
    /// Narrows again: `[dimensions, hidden]`.
    public var down: Linear
    /// What happens in between.
    public let activation: Activation

    /// A feed-forward layer, four times as wide inside unless said otherwise.
    public init(
        dimensions: Int, hidden: Int? = nil, bias: Bool = true,
        activation: Activation = .geluApproximate, initializer: Initializer = .normal(0.02),
        outputInitializer: Initializer? = nil, using generator: inout some RandomNumberGenerator
    ) {
        let hidden = hidden ?? 4 * dimensions
        up = Linear(dimensions, hidden, bias: bias, initializer: initializer, using: &generator)
        down = Linear(
            hidden, dimensions, bias: bias, initializer: outputInitializer ?? initializer,
            using: &generator)
        self.activation = activation
    }

    /// - Parameter x: `[batch, time, dimensions]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { down(up(x, activation: activation)) }

    /// The layer, with a choice.
    ///
    /// - Parameters:
    ///   - residual: added to the result in the same pass.
    ///   - remakesInside: whether what is between the two layers is made once more for the gradients
    ///     instead of being kept: less memory, more time.
    public func callAsFunction(
        _ x: Tensor, addingTo residual: Tensor?, remakesInside: Bool = false
    ) -> Tensor {
        let inside = up(x, activation: activation, isRemade: remakesInside)
        return residual.map { down(inside, addingTo: $0) } ?? down(inside)
    }

    /// Shows the two linear layers.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("up", &up)
        visitor.visit("down", &down)
    }
}

/// One layer of a GPT: look around, then think; each adds to the residual stream.
///
///     x = x + attention(norm(x))
///     x = x + feedForward(norm(x))
///
/// The norms come first ("pre-norm", GPT-2), which keeps deep stacks trainable.
public struct TransformerBlock: Module, CustomStringConvertible {
    /// Before attention.
    public var attentionNorm: LayerNorm
    /// Takes from other positions.
    public var attention: MultiHeadAttention
    /// Before the feed-forward layer.
    public var feedForwardNorm: LayerNorm
    /// Works on each position alone.
    public var feedForward: FeedForward
    /// Drops parts of what is added to the stream while training.
    public let dropout: Dropout

    /// A block of a GPT of that configuration.
    public init(
        _ configuration: GPT.Configuration, using generator: inout some RandomNumberGenerator
    ) {
        let c = configuration
        attentionNorm = LayerNorm(dimensions: c.width, eps: c.layerNormEps, bias: c.usesBias)
        attention = MultiHeadAttention(
            dimensions: c.width, heads: c.heads, bias: c.usesBias, dropout: c.dropout,
            initializer: c.initializer, outputInitializer: c.residualInitializer, using: &generator)
        feedForwardNorm = LayerNorm(dimensions: c.width, eps: c.layerNormEps, bias: c.usesBias)
        feedForward = FeedForward(
            dimensions: c.width, bias: c.usesBias, activation: c.activation,
            initializer: c.initializer, outputInitializer: c.residualInitializer, using: &generator)
        dropout = Dropout(p: c.dropout)
    }

    /// - Parameters:
    ///   - x: the residual stream, `[batch, time, width]`; the result has the same shape.
    ///   - remakesInside: whether the widest of what is computed on the way is made once more for the
    ///     gradients instead of being kept: seven tenths of what a wide block keeps, for a fifth of
    ///     the time of its step.
    public func callAsFunction(
        _ x: Tensor, mask: AttentionMask = .causal, mode: Mode = .inference,
        remakesInside: Bool = false
    ) -> Tensor {
        let middle = addingAttention(to: x, mask: mask, mode: mode, remakesInside: remakesInside)
        return addingFeedForward(to: middle, mode: mode, remakesInside: remakesInside)
    }

    /// The first half: x + attention(norm(x)).
    func addingAttention(
        to x: Tensor, mask: AttentionMask = .causal, mode: Mode, remakesInside: Bool = false
    ) -> Tensor {
        let normed = attentionNorm(x)
        guard drops(mode) else {
            return attention(normed, mask: mask, addingTo: x, remakesInside: remakesInside)
        }
        let found = attention(
            normed, mask: mask, mode: mode.part(0), remakesInside: remakesInside)
        return x + dropout(found, mode: mode.part(1))
    }

    /// The second half: x + feedForward(norm(x)).
    func addingFeedForward(
        to x: Tensor, mode: Mode, remakesInside: Bool = false
    ) -> Tensor {
        let normed = feedForwardNorm(x)
        guard drops(mode) else {
            return feedForward(normed, addingTo: x, remakesInside: remakesInside)
        }
        let thought = feedForward(normed, addingTo: nil, remakesInside: remakesInside)
        return x + dropout(thought, mode: mode.part(2))
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
