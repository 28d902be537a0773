/// A bias of attention that hides keys: 0 where `visible` is not 0, −∞ where it is.
///
///     // Queries of each sequence see the keys that are not padding.
///     let bias = attentionBias(visible: isToken.reshaped(batch, 1, 1, keys))
///
/// - Parameter visible: which keys a query may look at, broadcast to `[batch, heads, time, keys]`: 1 and 0, as
///   the attention mask of Hugging Face's tokenizers.
/// - Returns: a tensor of the same shape, to be given to attention as its bias, or added to another.
public func attentionBias(visible: Tensor) -> Tensor {
    Tensor.zeros(visible.shape).filled(where: visible.detached() .== 0, with: -.infinity)
}

/// A bias of attention that hides padding at the end of sequences.
///
/// - Parameters:
///   - lengths: how many keys of each sequence are not padding, from 0 to `keys`.
///   - keys: how many keys there are, with the padding.
/// - Returns: `[batch, 1, 1, keys]`.
public func attentionBias(lengths: [Int], keys: Int) -> Tensor {
    precondition(
        lengths.allSatisfy { (0...keys).contains($0) },
        "attentionBias: lengths must lie in 0...\(keys), but are \(lengths).")
    let visible = lengths.flatMap { length in (0..<keys).map { $0 < length ? 1 : 0 as Float } }
    return attentionBias(visible: Tensor(visible, shape: [lengths.count, 1, 1, keys]))
}

/// What is added to the scores, as the passes of attention read it.
struct BiasOfScores: Sendable {
    /// Recorded, `[batch or 1, heads or 1, queries or 1, keys]`.
    let recorded: Tensor
    /// The same numbers with neighbouring keys side by side.
    let values: Tensor
    /// Where its gradient goes.
    let variable: Variable?

    init(_ bias: Tensor, _ shape: AttentionShape) {
        let wanted = [shape.batch, shape.heads, shape.queries, shape.keys]
        var whole = bias
        while whole.rank < 4 { whole = whole.expandedDimensions(axis: 0) }
        precondition(
            whole.rank == 4 && zip(whole.shape, wanted).allSatisfy { $0 == 1 || $0 == $1 },
            "attention: a bias of shape \(bias.shape) does not broadcast to \(wanted): [batch, heads, time, keys]."
        )
        if whole.dim(3) != shape.keys {
            whole = whole.broadcast(to: [whole.dim(0), whole.dim(1), whole.dim(2), shape.keys])
        }
        recorded = whole
        variable = whole.variable
        values = shape.keys <= 1 || whole.layout.strides[3] == 1 ? whole.detached() : whole.copied()
    }

    /// Zeros, to which the gradient is added; `nil` if nobody wants it.
    func emptyGradient() -> Tensor? {
        variable.map { _ in Tensor.filled(with: 0, shape: recorded.layout.shape) }
    }
}
