import MiniTensor

/// A vector for each position, added to the token's: attention alone does not know order.
public struct PositionalEncoding: Module, CustomStringConvertible {
    /// `[contextLength, dimensions]`; trained, or fixed sines.
    public var weight: Tensor
    /// Whether training changes the vectors.
    public let isLearned: Bool

    /// An encoding by the given vectors.
    ///
    /// - Parameters:
    ///   - weight: `[contextLength, dimensions]`.
    ///   - isLearned: whether training changes them.
    public init(weight: Tensor, isLearned: Bool) {
        self.weight = weight
        self.isLearned = isLearned
    }

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
