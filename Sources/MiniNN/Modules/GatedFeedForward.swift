import MiniTensor

/// A feed-forward layer with a gate: down(activation(gate(x)) · up(x)), at each position alone.
///
/// Shazeer 2020, "GLU variants improve Transformer". With SiLU it is SwiGLU, the layer of Llama, Mistral and
/// Qwen, whose gating takes one pass; with GELU it is GeGLU, the layer of T5 1.1 and Gemma.
public struct GatedFeedForward: FeedForwardLayer, CustomStringConvertible {
    /// What is let through: `[hidden, dimensions]`.
    public var gate: Linear
    /// What is gated: `[hidden, dimensions]`.
    public var up: Linear
    /// Narrows again: `[dimensions, hidden]`.
    public var down: Linear
    /// The function of the gate.
    public let activation: Activation

    /// A gated layer with new parameters.
    ///
    /// - Parameters:
    ///   - dimensions: numbers of a position's vector.
    ///   - hidden: numbers between the layers; eight thirds of `dimensions` unless given, which makes as
    ///     many parameters as a plain layer four times as wide.
    ///   - bias: whether the linear layers have biases.
    ///   - activation: the function of the gate.
    ///   - initializer: of the two layers that widen, and of the other unless that has its own.
    ///   - outputInitializer: of the layer that narrows.
    public init(
        dimensions: Int, hidden: Int? = nil, bias: Bool = false, activation: Activation = .silu,
        initializer: Initializer = .normal(0.02), outputInitializer: Initializer? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        let hidden = hidden ?? (8 * dimensions + 2) / 3
        gate = Linear(dimensions, hidden, bias: bias, initializer: initializer, using: &generator)
        up = Linear(dimensions, hidden, bias: bias, initializer: initializer, using: &generator)
        down = Linear(
            hidden, dimensions, bias: bias, initializer: outputInitializer ?? initializer,
            using: &generator)
        self.activation = activation
    }

    /// A gated layer of the given three layers.
    public init(gate: Linear, up: Linear, down: Linear, activation: Activation = .silu) {
        (self.gate, self.up, self.down) = (gate, up, down)
        self.activation = activation
    }

    /// The layer's result.
    ///
    /// - Parameter x: `[…, dimensions]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { down(gated(x)) }

    /// The layer's result, with the residual stream added in the same pass.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`; the result has the same shape.
    ///   - residual: added to the result.
    ///   - recomputesInside: whether the inputs of the gate are recomputed for the gradients instead of
    ///     being kept: less memory, more time.
    public func callAsFunction(
        _ x: Tensor, addingTo residual: Tensor?, recomputesInside: Bool
    ) -> Tensor {
        let inside =
            recomputesInside ? recomputed(x) { layer, x in layer.gated(x) } : gated(x)
        return residual.map { down(inside, addingTo: $0) } ?? down(inside)
    }

    private func gated(_ x: Tensor) -> Tensor {
        let (gate, up) = (gate(x), up(x))
        return activation == .silu ? swiGLU(gate: gate, up: up) : activation(gate) * up
    }

    /// Shows the three linear layers.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("gate", &gate)
        visitor.visit("up", &up)
        visitor.visit("down", &down)
    }
}
