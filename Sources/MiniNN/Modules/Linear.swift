import MiniTensor

/// y = x·Wᵀ + b.
public struct Linear: Layer, CustomStringConvertible {
    /// `[outputs, inputs]`, as in PyTorch.
    public var weight: Tensor
    /// `[outputs]`.
    public var bias: Tensor?

    /// A layer with new parameters.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .uniformFanIn,
        using generator: inout some RandomNumberGenerator
    ) {
        weight = initializer([outputs, inputs], using: &generator)
        self.bias = bias ? .zeros([outputs]) : nil
    }

    /// A layer with the given parameters.
    public init(weight: Tensor, bias: Tensor? = nil) {
        self.weight = weight
        self.bias = bias
    }

    /// - Parameter x: `[…, inputs]`.
    /// - Returns: `[…, outputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        linear(x, weight: weight, bias: bias)
    }

    /// The layer and an activation in one pass.
    ///
    /// - Parameter recomputesResult: whether the product is recomputed for the gradients instead of being
    ///   kept: less memory, more time.
    public func callAsFunction(
        _ x: Tensor, activation: Activation = .none, recomputesResult: Bool = false
    ) -> Tensor {
        linear(
            x, weight: weight, bias: bias, activation: activation,
            recomputesResult: recomputesResult)
    }

    /// residual + x·Wᵀ + b in one pass.
    public func callAsFunction(_ x: Tensor, addingTo residual: Tensor) -> Tensor {
        linear(x, weight: weight, bias: bias, addingTo: residual)
    }

    /// Shows `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}
