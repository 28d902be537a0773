import Foundation
import MiniTensor

/// A learned number for each head and each distance between query and key, added to the scores of attention:
/// T5's positions (Raffel et al. 2020).
///
/// Near distances have a number each; farther ones share one for each step of their logarithm.
public struct RelativePositionBias: Module, CustomStringConvertible {
    /// `[buckets, heads]`.
    public var weight: Tensor
    /// Whether keys after the query have numbers of their own, as in an encoder; otherwise they count as the
    /// query's own position.
    public let isBidirectional: Bool
    /// The distance from which on all keys share one number.
    public let maximumDistance: Int

    /// A bias with the given numbers, `[buckets, heads]`.
    ///
    /// - Precondition: at least 4 buckets, an even number, and distances beyond those with a number each.
    public init(weight: Tensor, isBidirectional: Bool, maximumDistance: Int = 128) {
        let (buckets, _) = weight.shape2
        let near = buckets / (isBidirectional ? 4 : 2)
        precondition(
            buckets >= 4 && buckets % (isBidirectional ? 4 : 2) == 0 && maximumDistance > near,
            "Relative positions of \(buckets) buckets reach beyond a distance of \(near), so the maximum cannot be \(maximumDistance)."
        )
        self.weight = weight
        self.isBidirectional = isBidirectional
        self.maximumDistance = maximumDistance
    }

    /// A bias with random numbers.
    public init(
        heads: Int, buckets: Int = 32, isBidirectional: Bool, maximumDistance: Int = 128,
        initializer: Initializer = .normal(0.02), using generator: inout some RandomNumberGenerator
    ) {
        self.init(
            weight: initializer([buckets, heads], using: &generator),
            isBidirectional: isBidirectional, maximumDistance: maximumDistance)
    }

    /// What is added to the scores: `[heads, queries, keys]`. With more keys than queries, the queries are the
    /// last positions.
    public func callAsFunction(queries: Int, keys: Int) -> Tensor {
        let buckets = (0..<queries).flatMap { query in
            (0..<keys).map { Int32(bucket(of: $0 - (query + keys - queries))) }
        }
        let table = weight.rows(TokenBatch(buckets, batch: queries, time: keys))
        return table.transposed(2, 0, 1)
    }

    /// The row of a key that lies so far after its query.
    func bucket(of distance: Int) -> Int {
        var count = weight.dim(0)
        var first = 0
        var magnitude = max(0, -distance)
        if isBidirectional {
            count /= 2
            if distance > 0 { first = count }
            magnitude = abs(distance)
        }
        let near = count / 2
        if magnitude < near { return first + magnitude }
        // In Float, as models were trained.
        let share =
            Float(log(Double(Float(magnitude) / Float(near))))
            / Float(log(Double(maximumDistance) / Double(near)))
        return first + min(count - 1, near + Int(share * Float(count - near)))
    }

    /// Shows `weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
    }
}
