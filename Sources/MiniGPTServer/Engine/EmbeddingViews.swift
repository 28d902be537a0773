import MiniGPT
import Synchronization

/// What a model's embedding looks like: which tokens are near each other, and a map of them.
final class EmbeddingViews: Sendable {
    private let weight: Tensor
    /// 1 over the length of each row; 0 for rows of zeros.
    private let scales: [Float]
    /// The map of so many first tokens, once asked for.
    private let maps = Mutex<[Int: Map]>([:])

    /// Rows are tokens, columns what is known of them.
    init(_ weight: Tensor) {
        self.weight = weight
        let (rows, width) = weight.shape2
        scales = weight.withUnsafeScalars { values in
            (0..<rows).map { row in
                var sum: Float = 0
                for value in values[row * width..<(row + 1) * width] { sum += value * value }
                return sum > 0 ? 1 / sum.squareRoot() : 0
            }
        }
    }

    /// The tokens whose rows point most nearly the same way, the nearest first, without the token
    /// itself.
    func neighbors(of token: Int, count: Int) -> [(token: Int, similarity: Float)] {
        let (rows, width) = weight.shape2
        let similarities: [Float] = weight.withUnsafeScalars { values in
            let own = values[token * width..<(token + 1) * width]
            return (0..<rows).map { row in
                var sum: Float = 0
                for (a, b) in zip(own, values[row * width..<(row + 1) * width]) { sum += a * b }
                return sum * scales[row] * scales[token]
            }
        }
        let order = similarities.indices.filter { $0 != token }
            .sorted { (similarities[$0], $1) > (similarities[$1], $0) }
        return order.prefix(count).map { ($0, similarities[$0]) }
    }

    /// Axes to draw tokens along.
    struct Map: Sendable {
        let mean: [Float]
        /// Two directions.
        let axes: [[Float]]
        /// The share of the variance along each.
        let explained: [Float]
    }

    /// The two directions along which the first tokens differ most (principal components, by SVD).
    ///
    /// - Throws: `LinearAlgebraError` if the embedding holds what is not a number.
    func map(ofFirst count: Int) throws(LinearAlgebraError) -> Map {
        if let map = maps.withLock({ $0[count] }) { return map }
        let rows = weight[0..<count]
        let mean = rows.mean(axis: 0)
        let (_, s, vT) = try svd(rows - mean)
        let strengths = s.scalars.map { $0 * $0 }
        let total = Swift.max(strengths.reduce(0, +), .leastNormalMagnitude)
        let kept = Swift.min(2, strengths.count)
        let map = Map(
            mean: mean.scalars, axes: (0..<kept).map { vT[$0].scalars },
            explained: strengths.prefix(kept).map { $0 / total })
        maps.withLock {
            if $0.count > 8 { $0 = [:] }
            $0[count] = map
        }
        return map
    }

    /// Where a token is on a map.
    func place(of token: Int, on map: Map) -> [Float] {
        let row = weight[token].scalars
        return map.axes.map { axis in
            var sum: Float = 0
            for index in axis.indices { sum += (row[index] - map.mean[index]) * axis[index] }
            return sum
        }
    }
}
