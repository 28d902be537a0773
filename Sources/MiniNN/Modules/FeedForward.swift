import MiniTensor

/// A layer that can stand in a transformer block after attention: it works on each position alone.
public protocol FeedForwardLayer: Layer {
    /// The layer's result, added to a residual stream.
    ///
    /// The default computes both apart and keeps everything for the gradients.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`.
    ///   - residual: added to the result, of the same shape; nothing unless given.
    ///   - recomputesInside: whether wide activations are recomputed for the gradients instead of
    ///     being kept. A layer is free to ignore it.
    func callAsFunction(_ x: Tensor, addingTo residual: Tensor?, recomputesInside: Bool) -> Tensor
}

extension FeedForwardLayer {
    /// The layer's result, added to a residual stream by an operation of its own.
    public func callAsFunction(
        _ x: Tensor, addingTo residual: Tensor?, recomputesInside: Bool
    ) -> Tensor {
        let result = self(x)
        return residual.map { $0 + result } ?? result
    }
}

/// Two linear layers with an activation between them, applied to each position alone.
public struct FeedForward: FeedForwardLayer, CustomStringConvertible {
    /// Widens: `[hidden, dimensions]`.
    public var up: Linear
    /// Narrows again: `[dimensions, hidden]`.
    public var down: Linear
    /// The function between the two layers.
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

    /// A feed-forward layer of the given two layers.
    public init(up: Linear, down: Linear, activation: Activation = .geluApproximate) {
        self.up = up
        self.down = down
        self.activation = activation
    }

    /// The layer's result.
    ///
    /// - Parameter x: `[batch, time, dimensions]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { down(up(x, activation: activation)) }

    /// The layer's result, with the residual stream added in the same pass.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`; the result has the same shape.
    ///   - residual: added to the result.
    ///   - recomputesInside: whether what is between the two layers is recomputed for the gradients
    ///     instead of being kept: less memory, more time.
    public func callAsFunction(
        _ x: Tensor, addingTo residual: Tensor?, recomputesInside: Bool
    ) -> Tensor {
        let inside = up(x, activation: activation, recomputesResult: recomputesInside)
        return residual.map { down(inside, addingTo: $0) } ?? down(inside)
    }

    /// Shows the two linear layers.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("up", &up)
        visitor.visit("down", &down)
    }
}
