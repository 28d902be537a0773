import MiniTensor

/// Each vector shifted to mean 0 and scaled to variance 1, then scaled and shifted as learned.
public struct LayerNorm: Layer, CustomStringConvertible {
    /// `[dimensions]`.
    public var weight: Tensor
    /// `[dimensions]`.
    public var bias: Tensor?
    /// Added to the variance, against division by zero.
    public let eps: Float

    /// A norm that starts as the plain normalisation.
    public init(dimensions: Int, eps: Float = 1e-5, bias: Bool = true) {
        weight = .ones([dimensions])
        self.bias = bias ? .zeros([dimensions]) : nil
        self.eps = eps
    }

    /// A norm with the given parameters, each `[dimensions]`.
    public init(weight: Tensor, bias: Tensor? = nil, eps: Float = 1e-5) {
        self.weight = weight
        self.bias = bias
        self.eps = eps
    }

    /// - Parameter x: `[…, dimensions]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        layerNorm(x, weight: weight, bias: bias, eps: eps)
    }

    /// Shows `weight` and `bias`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
        visitor.visit("bias", &bias)
    }
}
