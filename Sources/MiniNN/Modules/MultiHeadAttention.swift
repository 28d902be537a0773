import MiniTensor

/// Every position looks at others and takes from them what it needs, with several heads at once.
///
/// Vaswani et al. 2017. Each head compares the query of a position with the keys of all it may see,
/// and mixes their values by softmax(scale·q·kᵀ + bias).
///
/// The settings make it the attention of GPT-2 (as it stands), of Llama and Mistral (`rotary`,
/// `keyValueHeads`, no biases), of Qwen 2 (`outputBias: false`), of Qwen 3 (`queryNorm`, `keyNorm`,
/// `headWidth`), of BERT (`mask: .none` and a bias against padding) and of T5 (`scale: 1` and a bias of
/// relative positions).
public struct MultiHeadAttention: Module, CustomStringConvertible {
    /// Makes queries, keys and values in one product:
    /// `[(heads + 2·keyValueHeads)·headWidth, dimensions]`.
    public var queryKeyValue: Linear
    /// Mixes the heads: `[dimensions, heads·headWidth]`.
    public var output: Linear
    /// Normalises the queries of each head before they are turned, if there is one: `[headWidth]`.
    public var queryNorm: RMSNorm?
    /// Normalises the keys of each head before they are turned, if there is one: `[headWidth]`.
    public var keyNorm: RMSNorm?
    /// The number of heads of queries.
    public let heads: Int
    /// The number of heads of keys and values, each shared by `heads / keyValueHeads` heads of queries
    /// (grouped-query attention, Ainslie et al. 2023).
    public let keyValueHeads: Int
    /// Numbers of a head.
    public let headWidth: Int
    /// By what the products of queries and keys are multiplied; `nil` for 1/√headWidth.
    public let scale: Float?
    /// Turns queries and keys by their positions, if the model does so.
    public let rotary: RotaryEmbedding?
    /// Drops attention weights while training.
    public let dropout: Dropout

    /// New attention.
    ///
    /// - Parameters:
    ///   - dimensions: numbers of a position's vector.
    ///   - heads: heads of queries.
    ///   - keyValueHeads: heads of keys and values; as many as of queries unless given.
    ///   - headWidth: numbers of a head; `dimensions / heads` unless given.
    ///   - bias: whether queries, keys and values have biases.
    ///   - outputBias: whether the layer that mixes the heads has one; as `bias` unless given.
    ///   - scale: by what scores are multiplied; 1/√headWidth unless given.
    ///   - rotary: rotary positions.
    ///   - queryNorm: a norm of the queries of each head, `[headWidth]`.
    ///   - keyNorm: a norm of the keys of each head, `[headWidth]`.
    ///   - dropout: the share of attention weights that is dropped while training.
    /// - Precondition: `heads` divides `dimensions` if no `headWidth` is given, and `keyValueHeads` divides
    ///   `heads`.
    public init(
        dimensions: Int, heads: Int, keyValueHeads: Int? = nil, headWidth: Int? = nil,
        bias: Bool = true, outputBias: Bool? = nil, scale: Float? = nil,
        rotary: RotaryEmbedding? = nil, queryNorm: RMSNorm? = nil, keyNorm: RMSNorm? = nil,
        dropout: Float = 0, initializer: Initializer = .normal(0.02),
        outputInitializer: Initializer? = nil, using generator: inout some RandomNumberGenerator
    ) {
        precondition(
            heads > 0 && (headWidth != nil || dimensions % heads == 0),
            "Attention of width \(dimensions) cannot be divided among \(heads) heads.")
        let width = headWidth ?? dimensions / heads
        let packed = (heads + 2 * (keyValueHeads ?? heads)) * width
        let projection = Linear(
            dimensions, packed, bias: bias, initializer: initializer, using: &generator)
        let output = Linear(
            heads * width, dimensions, bias: outputBias ?? bias,
            initializer: outputInitializer ?? initializer, using: &generator)
        self.init(
            queryKeyValue: projection, output: output, heads: heads, keyValueHeads: keyValueHeads,
            scale: scale, rotary: rotary, queryNorm: queryNorm, keyNorm: keyNorm, dropout: dropout)
    }

    /// Attention with the given layers.
    ///
    /// - Parameters:
    ///   - queryKeyValue: `[(heads + 2·keyValueHeads)·headWidth, dimensions]`: the heads of queries, of keys
    ///     and of values side by side.
    ///   - output: `[dimensions, heads·headWidth]`.
    ///   - heads: heads of queries.
    ///   - keyValueHeads: heads of keys and values; as many as of queries unless given.
    ///   - scale: by what scores are multiplied; 1/√headWidth unless given.
    ///   - rotary: rotary positions.
    ///   - queryNorm: a norm of the queries of each head, `[headWidth]`.
    ///   - keyNorm: a norm of the keys of each head, `[headWidth]`.
    ///   - dropout: the share of attention weights that is dropped while training.
    public init(
        queryKeyValue: Linear, output: Linear, heads: Int, keyValueHeads: Int? = nil,
        scale: Float? = nil, rotary: RotaryEmbedding? = nil, queryNorm: RMSNorm? = nil,
        keyNorm: RMSNorm? = nil, dropout: Float = 0
    ) {
        let (dimensions, mixed) = output.weight.shape2
        let shared = keyValueHeads ?? heads
        precondition(
            heads > 0 && mixed % heads == 0,
            "Attention of width \(mixed) cannot be divided among \(heads) heads.")
        precondition(
            shared > 0 && heads % shared == 0,
            "\(heads) heads of queries cannot share \(shared) heads of keys and values; their number must be a multiple."
        )
        let width = mixed / heads
        let expected = [(heads + 2 * shared) * width, dimensions]
        precondition(
            queryKeyValue.weight.shape == expected,
            "Attention of width \(dimensions) needs a weight of shape \(expected) for queries, keys and values, not \(queryKeyValue.weight.shape)."
        )
        precondition(
            (rotary?.dimensions ?? 0) <= width,
            "Rotary positions of \(rotary?.dimensions ?? 0) numbers do not fit in heads of \(width)."
        )
        precondition((scale ?? 1) > 0, "The scale of attention must be above 0, not \(scale ?? 1).")
        (self.queryKeyValue, self.output) = (queryKeyValue, output)
        (self.queryNorm, self.keyNorm) = (queryNorm, keyNorm)
        (self.heads, self.keyValueHeads, headWidth) = (heads, shared, width)
        (self.scale, self.rotary) = (scale, rotary)
        self.dropout = Dropout(p: dropout)
    }

    /// Attention of `x` to itself, or to a memory.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`.
    ///   - memory: `[batch, keys, dimensions]`, for cross-attention.
    ///   - mask: `.causal` hides later positions.
    ///   - bias: what is added to the scores, broadcast to `[batch, heads, time, keys]`: −∞ hides a key, as
    ///     `attentionBias(visible:)` makes it.
    ///   - residual: added to the result in the same pass.
    ///   - recomputesInside: whether queries, keys and values of self-attention are recomputed for the
    ///     gradients instead of being kept, as far as norms and rotary positions allow: less memory, more
    ///     time.
    /// - Returns: `[batch, time, dimensions]`.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor? = nil, mask: AttentionMask = .causal, bias: Tensor? = nil,
        mode: Mode = .inference, addingTo residual: Tensor? = nil, recomputesInside: Bool = false
    ) -> Tensor {
        let mixed = mix(
            x, memory: memory, mask: mask, bias: bias, mode: mode,
            recomputesInside: recomputesInside)
        return residual.map { output(mixed, addingTo: $0) } ?? output(mixed)
    }

    private func mix(
        _ x: Tensor, memory: Tensor?, mask: AttentionMask, bias: Tensor?, mode: Mode,
        recomputesInside: Bool
    ) -> Tensor {
        var (p, seed): (Float, UInt64) = (0, 0)
        if case .training(let given) = mode { (p, seed) = (dropout.p, given) }
        if memory == nil, queryNorm == nil, keyNorm == nil {
            var packed = queryKeyValue(x, recomputesResult: recomputesInside)
            if let rotary {
                packed = rotary.packed(
                    packed, headWidth: headWidth, heads: heads + keyValueHeads)
            }
            return selfAttention(
                packed, heads: heads, keyValueHeads: keyValueHeads, scale: scale, mask: mask,
                bias: bias, dropout: p, seed: seed)
        }
        let (queries, keys, values) = project(x, memory: memory)
        return joined(
            scaledDotProductAttention(
                queries: queries, keys: keys, values: values, scale: scale, mask: mask, bias: bias,
                dropout: p, seed: seed))
    }

    /// How much each position takes from each other: rows that add up to 1.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, dimensions]`.
    ///   - memory: `[batch, keys, dimensions]`, for cross-attention.
    ///   - mask: which keys a query sees.
    ///   - bias: what is added to the scores.
    /// - Returns: `[batch, heads, time, keys]`.
    public func weights(
        _ x: Tensor, memory: Tensor? = nil, mask: AttentionMask = .causal, bias: Tensor? = nil
    ) -> Tensor {
        var (queries, keys, _) = project(x, memory: memory)
        if keyValueHeads < heads {
            keys = keys.take((0..<heads).map { $0 * keyValueHeads / heads }, axis: 1)
        }
        var scores = matmul(queries, keys.T) * (scale ?? 1 / Float(headWidth).squareRoot())
        if let bias { scores = scores + bias }
        guard let hidden = Self.hidden(scores, by: mask) else { return softmax(scores) }
        return softmax(scores.filled(where: hidden, with: -.infinity))
    }

    /// 1 where the mask hides a key: `[time, keys]`.
    private static func hidden(_ scores: Tensor, by mask: AttentionMask) -> Tensor? {
        let (time, keys) = (scores.dim(-2), scores.dim(-1))
        let queryPositions = Tensor((keys - time)..<keys, shape: [time, 1])
        let later = Tensor(0..<keys) .> queryPositions
        switch mask {
        case .none: return nil
        case .causal: return later
        case .slidingWindow(let length):
            return maximum(later, Tensor(0..<keys) .<= queryPositions - Float(length))
        }
    }

    /// Queries, keys and values, each `[batch, heads, time, headWidth]`, normalised and turned: views, where
    /// neither is wanted.
    private func project(_ x: Tensor, memory: Tensor?) -> (Tensor, Tensor, Tensor) {
        let widths = [heads, keyValueHeads, keyValueHeads].map { $0 * headWidth }
        var queries: Tensor, keys: Tensor, values: Tensor
        if let memory {
            precondition(
                rotary == nil,
                "Rotary positions say nothing about a memory; cross-attention takes attention without them."
            )
            let (weight, bias) = (queryKeyValue.weight, queryKeyValue.bias)
            let rest = widths[0]..<(widths[0] + 2 * widths[1])
            queries = headed(linear(x, weight: weight[0..<widths[0]], bias: bias?[0..<widths[0]]))
            let parts = linear(memory, weight: weight[rest], bias: bias?[rest])
                .split(parts: 2, axis: -1)
            (keys, values) = (headed(parts[0]), headed(parts[1]))
        } else {
            let packed = headed(queryKeyValue(x))
            queries = packed[.all, 0..<heads]
            keys = packed[.all, heads..<(heads + keyValueHeads)]
            values = packed[.all, (heads + keyValueHeads)...]
        }
        if let queryNorm { queries = queryNorm(queries) }
        if let keyNorm { keys = keyNorm(keys) }
        if let rotary { (queries, keys) = (rotary(queries), rotary(keys)) }
        return (queries, keys, values)
    }

    private func headed(_ x: Tensor) -> Tensor {
        x.unflattened(axis: -1, shape: [x.dim(-1) / headWidth, headWidth]).swappedAxes(1, 2)
    }

    private func joined(_ x: Tensor) -> Tensor { x.swappedAxes(1, 2).flattened(start: 2) }

    /// Shows the linear layers, and the norms if there are any.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("queryKeyValue", &queryKeyValue)
        visitor.visit("output", &output)
        visitor.visit("queryNorm", &queryNorm)
        visitor.visit("keyNorm", &keyNorm)
    }
}
