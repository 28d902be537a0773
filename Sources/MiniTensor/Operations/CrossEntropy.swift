import CMiniKernels

/// How the losses of many positions become one number.
public enum Reduction: String, Sendable, Codable {
    /// Their mean over the positions that count.
    case mean
    /// Their sum.
    case sum
}

/// −ln softmax(logits)[target], over all positions, in nats.
///
/// ∂/∂logits = (softmax(logits) − onehot(target)) / (positions that count, for the mean).
///
/// - Parameters:
///   - logits: `[batch, time, vocabulary]` or `[positions, vocabulary]`.
///   - targets: the right ids: `[batch, time]`, or of any shape for `[positions, vocabulary]`.
///   - ignoring: an id that marks positions that do not count, such as padding (−1 in nanoGPT,
///     −100 in PyTorch).
/// - Returns: a scalar; 0 if no position counts.
public func crossEntropy(
    logits: Tensor, targets: TokenBatch, ignoring: Int32? = -1, reduction: Reduction = .mean
) -> Tensor {
    let vocabulary = logits.dim(-1)
    let rows = logits.count / Swift.max(1, vocabulary)
    let weight = lossWeight(
        targets, of: logits, vocabulary: vocabulary, ignoring: ignoring, reduction)
    let ids = targets.tokens
    let source = logits.contiguous()
    let grain = Tuning.current.passes.rows(
        of: vocabulary, elements: Tuning.current.passes.rowElements)
    let losses = source.reading { logits in
        make([rows]) { losses in
            forEachChunk(of: rows, grain: grain) { range in
                for row in range {
                    losses[row] =
                        ids[row] == ignoring
                        ? 0
                        : kernels.cross_entropy(
                            logits + row * vocabulary, vocabulary, Int(ids[row]))
                }
            }
        }
    }
    return (losses.sum() * weight).recorded(.crossEntropy, logits) { gradient in
        let scale = gradient.item() * weight
        return make(source.layout.shape) { output in
            source.reading { logits in
                forEachChunk(of: rows, grain: grain) { range in
                    for row in range {
                        let place = output + row * vocabulary
                        guard ids[row] != ignoring else {
                            kernels.fill(0, place, vocabulary)
                            continue
                        }
                        place.update(from: logits + row * vocabulary, count: vocabulary)
                        _ = kernels.cross_entropy_gradient(
                            place, vocabulary, Int(ids[row]), scale)
                    }
                }
            }
        }
    }
}

/// What each position's loss is multiplied by. Checks that there is one id for each vector of `x`, in
/// the same batch and time where `x` has these axes, and that the ids are in the vocabulary.
func lossWeight(
    _ targets: TokenBatch, of x: Tensor, vocabulary: Int, ignoring: Int32?, _ reduction: Reduction
) -> Float {
    let positions = Extents(x.layout.shape.dropLast())
    let fits =
        positions.count == 2
        ? Array(positions) == targets.shape : positions.product == targets.tokens.count
    precondition(
        fits,
        "crossEntropy: the targets have shape \(targets.shape), but there are \(Array(positions)) positions."
    )
    targets.requireIds(below: vocabulary, "crossEntropy", ignoring: ignoring)
    guard reduction == .mean else { return 1 }
    let counted = targets.tokens.reduce(0) { $0 + ($1 == ignoring ? 0 : 1) }
    return counted == 0 ? 0 : 1 / Float(counted)
}
