import MiniTensor

/// A vector for each token: row i of a table is the meaning of token i.
public struct Embedding: Module, CustomStringConvertible {
    /// `[count, dimensions]`.
    public var weight: Tensor

    /// A table of `count` random vectors.
    public init(
        count: Int, dimensions: Int, initializer: Initializer = .normal(0.02),
        using generator: inout some RandomNumberGenerator
    ) {
        weight = initializer([count, dimensions], using: &generator)
    }

    /// A table with the given rows.
    public init(weight: Tensor) { self.weight = weight }

    /// - Parameter tokens: `[batch, time]`.
    /// - Returns: `[batch, time, dimensions]`.
    public func callAsFunction(_ tokens: TokenBatch) -> Tensor { weight.rows(tokens) }

    /// The logits of every token for a representation: x·Wᵀ, the tied head of GPT-2 (Press & Wolf
    /// 2017).
    ///
    /// - Parameter x: `[batch, time, dimensions]`.
    /// - Returns: `[batch, time, count]`.
    public func asLinear(_ x: Tensor) -> Tensor { linear(x, weight: weight) }

    /// Shows `weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
    }
}
