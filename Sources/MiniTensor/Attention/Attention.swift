/// Which keys a query may look at.
public enum AttentionMask: String, Sendable, Codable {
    /// All of them.
    case none
    /// Those at its own position and before. With more keys than queries, the queries are the last
    /// positions.
    case causal
}

/// softmax(scale · Q·Kᵀ)·V for every head, never holding more than a strip of the scores.
///
/// Vaswani et al. 2017, "Attention is all you need". The scores of one head are made for a strip of
/// queries at a time, and strips skip the keys that a causal mask hides. Only the log-sum-exp of
/// each row is kept; the backward pass makes the scores again (Dao et al. 2022, "FlashAttention").
/// With P the probabilities and D = Σ g·y per row:
/// ∂/∂V = Pᵀ·g,  dS = scale·P·(g·Vᵀ − D),  ∂/∂Q = dS·K,  ∂/∂K = dSᵀ·Q.
///
/// - Parameters:
///   - queries: `[batch, heads, time, width]`.
///   - keys: `[batch, heads, keys, width]`.
///   - values: `[batch, heads, keys, width]`.
///   - scale: 1/√width unless given.
///   - mask: which keys a query sees.
///   - dropout: the probability with which each number of P is set to 0, the others being multiplied by
///     1/(1 − dropout): the mask that `dropout` draws with the same seed for a tensor of all
///     probabilities, `[batch, heads, time, keys]`.
///   - seed: chooses what is dropped.
/// - Returns: `[batch, heads, time, width]`, laid out so that swapping axes 1 and 2 is contiguous.
public func scaledDotProductAttention(
    queries: Tensor, keys: Tensor, values: Tensor, scale: Float? = nil,
    mask: AttentionMask = .none, dropout: Float = 0, seed: UInt64 = 0
) -> Tensor {
    if let scale, scale < 0 {
        // Softmax wants a scale above 0.
        return scaledDotProductAttention(
            queries: -queries, keys: keys, values: values, scale: -scale, mask: mask,
            dropout: dropout, seed: seed)
    }
    let (batch, heads, time, width) = queries.shape4
    precondition(
        keys.shape == values.shape && keys.rank == 4
            && keys.shape == [batch, heads, keys.dim(2), width],
        "attention: queries \(queries.shape), keys \(keys.shape) and values \(values.shape) must agree in batch, heads and width, and keys and values in length."
    )
    let parts = [queries, keys, values].map { $0.withAdjacentColumns() }
    let shape = AttentionShape(
        batch: batch, heads: heads, queries: time, keys: keys.dim(2), width: width,
        scale: scale ?? 1 / Float(width).squareRoot(), mask: mask,
        dropout: DropoutMask(p: dropout, seed: seed))
    let (q, k, v) = (parts[0].heads, parts[1].heads, parts[2].heads)
    let y = Tensor(uninitialized: [batch, time, heads, width]).swappedAxes(1, 2)
    let logSumExp = Tensor(uninitialized: [batch, heads, time])
    shape.forward(q, k, v, into: y.heads, logSumExp: logSumExp)
    let inputs = [queries, keys, values].map { ($0.variable, $0.layout.shape) }
    return y.recorded(.attention, inputs: [queries, keys, values]) { gradient, gradients in
        let results = inputs.map { Tensor(uninitialized: $0.1) }
        withExtendedLifetime(parts) {
            shape.backward(
                q, k, v, y: y.heads, logSumExp: logSumExp,
                gradient: gradient.withAdjacentColumns(),
                into: results[0].heads, results[1].heads, results[2].heads)
        }
        for (result, input) in zip(results, inputs) { gradients.add(result, to: input.0) }
    }
}

/// Attention of a sequence to itself, from the packed result of one linear layer: queries, keys and
/// values lie side by side in the last axis and are read and written there, without a copy.
///
/// - Parameters:
///   - queryKeyValue: `[batch, time, 3·width]`.
///   - heads: divides the width.
///   - mask: which positions a position sees.
///   - dropout: the probability with which attention weights are dropped; see
///     `scaledDotProductAttention`.
///   - seed: chooses what is dropped.
/// - Returns: `[batch, time, width]`.
public func selfAttention(
    _ queryKeyValue: Tensor, heads: Int, mask: AttentionMask = .causal, dropout: Float = 0,
    seed: UInt64 = 0
) -> Tensor {
    let (batch, time, packed) = queryKeyValue.shape3
    precondition(
        heads > 0 && packed % (3 * heads) == 0,
        "selfAttention: a last axis of \(packed) is not 3 · width with a width that \(heads) heads divide."
    )
    let width = packed / 3 / heads
    let shape = AttentionShape(
        batch: batch, heads: heads, queries: time, keys: time, width: width,
        scale: 1 / Float(width).squareRoot(), mask: mask,
        dropout: DropoutMask(p: dropout, seed: seed))
    let source = queryKeyValue.contiguous()
    let y = Tensor(uninitialized: [batch, time, heads * width])
    let logSumExp = Tensor(uninitialized: [batch, heads, time])
    let output = y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads
    let inputs = source.packedHeads(heads)
    withExtendedLifetime(source) {
        shape.forward(inputs[0], inputs[1], inputs[2], into: output, logSumExp: logSumExp)
    }
    let variable = queryKeyValue.variable
    let saved = SavedActivation(queryKeyValue, values: source)
    return y.recorded(.selfAttention, inputs: [queryKeyValue]) { gradient, gradients in
        let source = saved()
        let inputs = source.packedHeads(heads)
        let result = Tensor(uninitialized: source.layout.shape)
        let parts = result.packedHeads(heads)
        let gradient = gradient.contiguous()
        withExtendedLifetime(source) {
            shape.backward(
                inputs[0], inputs[1], inputs[2],
                y: y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads,
                logSumExp: logSumExp,
                gradient: gradient.reshaped(batch, time, heads, width).swappedAxes(1, 2),
                into: parts[0], parts[1], parts[2])
        }
        gradients.add(result, to: variable)
    }
}
