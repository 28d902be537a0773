import MiniTensor

/// Every position looks at others and takes from them what it needs, with several heads at once.
///
/// Vaswani et al. 2017. Each head compares the query of a position with the keys of all it may see,
/// and mixes their values by softmax(q·kᵀ/√width).
public struct MultiHeadAttention: Module, CustomStringConvertible {
    /// Makes queries, keys and values in one product: `[3·dimensions, dimensions]`.
    public var queryKeyValue: Linear
    /// Mixes the heads: `[dimensions, dimensions]`.
    public var output: Linear
    /// The number of heads.
    public let heads: Int
    /// Drops attention weights while training.
    public let dropout: Dropout

    /// New attention.
    ///
    /// - Precondition: `heads` divides `dimensions`.
    public init(
        dimensions: Int, heads: Int, bias: Bool = true, dropout: Float = 0,
        initializer: Initializer = .normal(0.02), outputInitializer: Initializer? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        precondition(
            heads > 0 && dimensions % heads == 0,
            "Attention of width \(dimensions) cannot be divided among \(heads) heads.")
        queryKeyValue = Linear(
            dimensions, 3 * dimensions, bias: bias, initializer: initializer, using: &generator)
        output = Linear(
            dimensions, dimensions, bias: bias, initializer: outputInitializer ?? initializer,
            using: &generator)
        self.heads = heads
        self.dropout = Dropout(p: dropout)
    }

    /// Attention with the given layers.
    ///
    /// - Parameters:
    ///   - queryKeyValue: `[3 · dimensions, dimensions]`: queries, keys and values side by side.
    ///   - output: `[dimensions, dimensions]`.
    ///   - dropout: the share of attention weights that is dropped while training.
    public init(queryKeyValue: Linear, output: Linear, heads: Int, dropout: Float = 0) {
        let dimensions = output.weight.dim(0)
        precondition(
            heads > 0 && dimensions % heads == 0,
            "Attention of width \(dimensions) cannot be divided among \(heads) heads.")
        precondition(
            queryKeyValue.weight.shape == [3 * dimensions, dimensions],
            "Attention of width \(dimensions) needs a weight of shape \([3 * dimensions, dimensions]) for queries, keys and values, not \(queryKeyValue.weight.shape)."
        )
        self.queryKeyValue = queryKeyValue
        self.output = output
        self.heads = heads
        self.dropout = Dropout(p: dropout)
    }

    /// Attention of `x` to itself, or to a memory.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`.
    ///   - memory: `[batch, keys, dimensions]`, for cross-attention.
    ///   - mask: `.causal` hides later positions.
    ///   - residual: added to the result in the same pass.
    ///   - recomputesInside: whether queries, keys and values of self-attention are recomputed for the gradients instead of being kept: less memory, more time.
    /// - Returns: `[batch, time, dimensions]`.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor? = nil, mask: AttentionMask = .causal, mode: Mode = .inference,
        addingTo residual: Tensor? = nil, recomputesInside: Bool = false
    ) -> Tensor {
        let mixed = mix(
            x, memory: memory, mask: mask, mode: mode, recomputesInside: recomputesInside)
        return residual.map { output(mixed, addingTo: $0) } ?? output(mixed)
    }

    private func mix(
        _ x: Tensor, memory: Tensor?, mask: AttentionMask, mode: Mode, recomputesInside: Bool
    ) -> Tensor {
        var (p, seed): (Float, UInt64) = (0, 0)
        if case .training(let given) = mode { (p, seed) = (dropout.p, given) }
        if memory == nil {
            return selfAttention(
                queryKeyValue(x, recomputesResult: recomputesInside), heads: heads, mask: mask,
                dropout: p, seed: seed)
        }
        let (queries, keys, values) = project(x, memory: memory)
        return joined(
            scaledDotProductAttention(
                queries: queries, keys: keys, values: values, mask: mask, dropout: p, seed: seed))
    }

    /// How much each position takes from each other: rows that add up to 1.
    ///
    /// - Returns: `[batch, heads, time, keys]`.
    public func weights(
        _ x: Tensor, memory: Tensor? = nil, mask: AttentionMask = .causal
    ) -> Tensor {
        let (queries, keys, _) = project(x, memory: memory)
        let scores = matmul(queries, keys.T) * (1 / Float(queries.dim(-1)).squareRoot())
        return softmax(
            mask == .none ? scores : scores.filled(where: Self.hidden(scores), with: -.infinity))
    }

    /// 1 where the causal mask hides a key: `[time, keys]`.
    private static func hidden(_ scores: Tensor) -> Tensor {
        let (time, keys) = (scores.dim(-2), scores.dim(-1))
        let queryPositions = Tensor((keys - time)..<keys, shape: [time, 1])
        return Tensor(0..<keys) .> queryPositions
    }

    /// Queries, keys and values, each `[batch, heads, time, dimensions / heads]`: views.
    private func project(_ x: Tensor, memory: Tensor?) -> (Tensor, Tensor, Tensor) {
        guard let memory else {
            let parts = queryKeyValue(x).split(parts: 3, axis: -1).map(headed)
            return (parts[0], parts[1], parts[2])
        }
        let width = output.weight.dim(0)
        let (weight, bias) = (queryKeyValue.weight, queryKeyValue.bias)
        let queries = linear(x, weight: weight[0..<width], bias: bias?[0..<width])
        let rest = linear(
            memory, weight: weight[width..<(3 * width)], bias: bias?[width..<(3 * width)])
        let parts = rest.split(parts: 2, axis: -1).map(headed)
        return (headed(queries), parts[0], parts[1])
    }

    private func headed(_ x: Tensor) -> Tensor {
        x.unflattened(axis: -1, shape: [heads, x.dim(-1) / heads]).swappedAxes(1, 2)
    }

    private func joined(_ x: Tensor) -> Tensor { x.swappedAxes(1, 2).flattened(start: 2) }

    /// Shows the two linear layers.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("queryKeyValue", &queryKeyValue)
        visitor.visit("output", &output)
    }
}
