import MiniTensor

/// Each vector divided by its root mean square, then scaled as learned: y = x/√(mean x² + eps) · weight.
///
/// Zhang & Sennrich 2019; the norm of Llama and its kin. Unlike `LayerNorm` it keeps the mean and has no
/// bias.
public struct RMSNorm: Layer, CustomStringConvertible {
    /// `[dimensions]`.
    public var weight: Tensor
    /// Added to the mean square, against division by zero.
    public let eps: Float

    /// A norm that starts as the plain normalisation of vectors of so many numbers.
    public init(dimensions: Int, eps: Float = 1e-5) {
        self.init(weight: .ones([dimensions]), eps: eps)
    }

    /// A norm with the given weight, `[dimensions]`.
    public init(weight: Tensor, eps: Float = 1e-5) {
        self.weight = weight
        self.eps = eps
    }

    /// - Parameter x: `[…, dimensions]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { rmsNorm(x, weight: weight, eps: eps) }

    /// Shows `weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
    }
}
