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

/// A vector for each position, added to the token's: attention alone does not know order.
public struct PositionalEncoding: Module, CustomStringConvertible {
    /// `[contextLength, dimensions]`; trained, or fixed sines.
    public var weight: Tensor
    /// Whether training changes the vectors.
    public let isLearned: Bool

    /// Random vectors, to be learned, as in GPT-2.
    public static func learned(
        contextLength: Int, dimensions: Int, initializer: Initializer = .normal(0.02),
        using generator: inout some RandomNumberGenerator
    ) -> PositionalEncoding {
        PositionalEncoding(
            weight: initializer([contextLength, dimensions], using: &generator), isLearned: true)
    }

    /// Sines and cosines of falling frequency (Vaswani et al. 2017): at position p, column 2i holds
    /// sin(p / 10000^(2i/dimensions)) and column 2i + 1 the cosine.
    public static func sinusoidal(contextLength: Int, dimensions: Int) -> PositionalEncoding {
        let positions = Tensor(0..<contextLength, shape: [contextLength, 1])
        let columns = Tensor((0..<dimensions).map { Float($0 / 2 * 2) / Float(dimensions) })
        let angles = positions * pow(10_000, -columns)
        let isEven = Tensor((0..<dimensions).map { $0 % 2 == 0 ? 1 : 0 })
        return PositionalEncoding(
            weight: `where`(isEven, sin(angles), cos(angles)), isLearned: false)
    }

    /// The vectors of the positions from `start` on: `[time, dimensions]`.
    ///
    /// - Precondition: the positions lie inside the context.
    public func callAsFunction(time: Int, from start: Int = 0) -> Tensor {
        precondition(
            start >= 0 && start + time <= weight.dim(0),
            "Positions \(start)..<\(start + time) do not fit in a context of \(weight.dim(0)).")
        return weight[start..<(start + time)]
    }

    /// Shows `weight` if it is learned.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        if isLearned { visitor.visit("weight", &weight) }
    }
}
