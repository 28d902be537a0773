/// Which keys a query may look at, by their positions.
///
/// What positions do not say, such as padding, is said by a bias: see `attentionBias(visible:)`.
public enum AttentionMask: Sendable, Hashable {
    /// All of them.
    case none
    /// Those at its own position and before. With more keys than queries, the queries are the last
    /// positions.
    case causal
    /// The last keys of those that a causal mask shows, so many with the one at its own position:
    /// Mistral's attention.
    case slidingWindow(Int)

    /// How many keys of those before it a query sees at most; `nil` for all.
    var window: Int? {
        guard case .slidingWindow(let length) = self else { return nil }
        precondition(length > 0, "A sliding window must hold at least one key, not \(length).")
        return length
    }
}

/// softmax(scale · Q·Kᵀ + bias)·V for every head, never holding more than a strip of the scores.
///
/// Vaswani et al. 2017, "Attention is all you need". The scores of one head are made for a strip of
/// queries at a time, and strips skip the keys that a mask hides. Only the log-sum-exp of each row is
/// kept; the backward pass makes the scores again (Dao et al. 2022, "FlashAttention"). With P the
/// probabilities, D = Σ g·y per row and dB = P·(g·Vᵀ − D):
/// ∂/∂V = Pᵀ·g,  ∂/∂bias = dB,  ∂/∂Q = scale·dB·K,  ∂/∂K = scale·dBᵀ·Q.
///
/// - Parameters:
///   - queries: `[batch, heads, time, width]`.
///   - keys: `[batch, keyValueHeads, keys, width]`, where `keyValueHeads` divides `heads`: neighbouring heads
///     of queries share one of keys and values (grouped-query attention, Ainslie et al. 2023).
///   - values: `[batch, keyValueHeads, keys, width]`.
///   - scale: 1/√width unless given.
///   - mask: which keys a query sees.
///   - bias: what is added to the scores, broadcast to `[batch, heads, time, keys]`; −∞ hides a key, and a
///     query that sees none gets zeros. Gradients flow to it.
///   - dropout: the probability with which each number of P is set to 0, the others being multiplied by
///     1/(1 − dropout): the mask that `dropout` draws with the same seed for a tensor of all
///     probabilities, `[batch, heads, time, keys]`.
///   - seed: chooses what is dropped.
/// - Returns: `[batch, heads, time, width]`, laid out so that swapping axes 1 and 2 is contiguous.
public func scaledDotProductAttention(
    queries: Tensor, keys: Tensor, values: Tensor, scale: Float? = nil,
    mask: AttentionMask = .none, bias: Tensor? = nil, dropout: Float = 0, seed: UInt64 = 0
) -> Tensor {
    if let scale, scale < 0 {
        // Softmax wants a scale above 0.
        return scaledDotProductAttention(
            queries: -queries, keys: keys, values: values, scale: -scale, mask: mask, bias: bias,
            dropout: dropout, seed: seed)
    }
    let (batch, heads, time, width) = queries.shape4
    precondition(
        keys.shape == values.shape && keys.rank == 4
            && keys.shape == [batch, keys.dim(1), keys.dim(2), width],
        "attention: queries \(queries.shape), keys \(keys.shape) and values \(values.shape) must agree in batch and width, and keys and values in heads and length."
    )
    precondition(
        keys.dim(1) > 0 && heads % keys.dim(1) == 0,
        "attention: \(heads) heads of queries cannot share \(keys.dim(1)) heads of keys and values; their number must be a multiple."
    )
    let parts = [queries, keys, values].map { $0.withAdjacentColumns() }
    var shape = AttentionShape(
        batch: batch, heads: heads, keyValueHeads: keys.dim(1), queries: time, keys: keys.dim(2),
        width: width, scale: scale, mask: mask, dropout: DropoutMask(p: dropout, seed: seed))
    let added = bias.map { BiasOfScores($0, shape) }
    shape.bias = added?.values.attentionBias
    let attention = shape
    let (q, k, v) = (parts[0].heads, parts[1].heads, parts[2].heads)
    let y = Tensor(uninitialized: [batch, time, heads, width]).swappedAxes(1, 2)
    let logSumExp = Tensor(uninitialized: [batch, heads, time])
    withExtendedLifetime((parts, added)) {
        attention.forward(q, k, v, into: y.heads, logSumExp: logSumExp)
    }
    let inputs = [queries, keys, values].map { ($0.variable, $0.layout.shape) }
    return y.recorded(.attention, inputs: [queries, keys, values, added?.recorded]) {
        gradient, gradients in
        let results = inputs.map { Tensor(uninitialized: $0.1) }
        let biasGradient = added?.emptyGradient()
        withExtendedLifetime((parts, added)) {
            attention.backward(
                q, k, v, y: y.heads, logSumExp: logSumExp,
                gradient: gradient.withAdjacentColumns(),
                into: AttentionGradients(
                    queries: results[0].heads, keys: results[1].heads, values: results[2].heads,
                    bias: biasGradient?.attentionBias))
        }
        for (result, input) in zip(results, inputs) { gradients.add(result, to: input.0) }
        if let biasGradient { gradients.add(biasGradient, to: added?.variable) }
    }
}

/// Attention of a sequence to itself, from the packed result of one linear layer: queries, keys and
/// values lie side by side in the last axis and are read and written there, without a copy.
///
/// - Parameters:
///   - queryKeyValue: `[batch, time, (heads + 2·keyValueHeads)·headWidth]`: the heads of queries, then those
///     of keys, then those of values; `[batch, time, 3·width]` if every head has keys of its own.
///   - heads: heads of queries.
///   - keyValueHeads: heads of keys and of values, as many as of queries unless given; divides `heads`.
///   - scale: 1/√headWidth unless given; not below 0.
///   - mask: which positions a position sees.
///   - bias: what is added to the scores; see `scaledDotProductAttention`.
///   - dropout: the probability with which attention weights are dropped; see
///     `scaledDotProductAttention`.
///   - seed: chooses what is dropped.
/// - Returns: `[batch, time, heads·headWidth]`.
public func selfAttention(
    _ queryKeyValue: Tensor, heads: Int, keyValueHeads: Int? = nil, scale: Float? = nil,
    mask: AttentionMask = .causal, bias: Tensor? = nil, dropout: Float = 0, seed: UInt64 = 0
) -> Tensor {
    let (batch, time, packed) = queryKeyValue.shape3
    let shared = keyValueHeads ?? heads
    precondition(
        heads > 0 && shared > 0 && heads % shared == 0 && packed % (heads + 2 * shared) == 0,
        "selfAttention: a last axis of \(packed) is not (heads + 2 · keyValueHeads) · headWidth with \(heads) heads and \(shared) heads of keys and values, which must divide the heads."
    )
    precondition(
        (scale ?? 1) >= 0,
        "selfAttention: the scale must not be below 0, but is \(scale ?? 1); scaledDotProductAttention takes any."
    )
    let width = packed / (heads + 2 * shared)
    var shape = AttentionShape(
        batch: batch, heads: heads, keyValueHeads: shared, queries: time, keys: time, width: width,
        scale: scale, mask: mask, dropout: DropoutMask(p: dropout, seed: seed))
    let added = bias.map { BiasOfScores($0, shape) }
    shape.bias = added?.values.attentionBias
    let attention = shape
    let source = queryKeyValue.contiguous()
    let y = Tensor(uninitialized: [batch, time, heads * width])
    let logSumExp = Tensor(uninitialized: [batch, heads, time])
    let output = y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads
    let inputs = source.packedHeads(heads, keyValueHeads: shared)
    withExtendedLifetime((source, added)) {
        attention.forward(inputs[0], inputs[1], inputs[2], into: output, logSumExp: logSumExp)
    }
    let variable = queryKeyValue.variable
    let saved = SavedActivation(queryKeyValue, values: source)
    return y.recorded(.selfAttention, inputs: [queryKeyValue, added?.recorded]) {
        gradient, gradients in
        let source = saved()
        let inputs = source.packedHeads(heads, keyValueHeads: shared)
        let result = Tensor(uninitialized: source.layout.shape)
        let parts = result.packedHeads(heads, keyValueHeads: shared)
        let gradient = gradient.contiguous()
        let biasGradient = added?.emptyGradient()
        withExtendedLifetime((source, added)) {
            attention.backward(
                inputs[0], inputs[1], inputs[2],
                y: y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads,
                logSumExp: logSumExp,
                gradient: gradient.reshaped(batch, time, heads, width).swappedAxes(1, 2),
                into: AttentionGradients(
                    queries: parts[0], keys: parts[1], values: parts[2],
                    bias: biasGradient?.attentionBias))
        }
        gradients.add(result, to: variable)
        if let biasGradient { gradients.add(biasGradient, to: added?.variable) }
    }
}
