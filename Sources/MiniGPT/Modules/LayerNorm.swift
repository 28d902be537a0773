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

/// Drops numbers at random while training, so that no single one is relied on.
public struct Dropout: Module {
    /// The share that is dropped.
    public let p: Float

    /// A layer that drops the share `p`.
    ///
    /// - Precondition: 0 ≤ p < 1.
    public init(p: Float) {
        precondition(p >= 0 && p < 1, "Dropout needs a probability in 0..<1, not \(p).")
        self.p = p
    }

    /// - Parameter x: any shape; the result has the same.
    public func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor {
        guard case .training(let seed) = mode, p > 0 else { return x }
        return dropout(x, p: p, seed: seed)
    }

    /// There are no parameters.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {}
}
