import CMiniKernels

/// How the losses of many positions become one number.
public enum Reduction: String, Sendable, Codable {
    /// Their mean over the positions that count.
    case mean
    /// Their sum.
    case sum
    /// Not at all: the loss of each position.
    case none
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
/// - Returns: a scalar, 0 if no position counts; the shape of the positions for the reduction `none`.
public func crossEntropy(
    logits: Tensor, targets: TokenBatch, ignoring: Int32? = -1, reduction: Reduction = .mean
) -> Tensor {
    let weight = lossWeight(
        targets, of: logits, vocabulary: logits.dim(-1), ignoring: ignoring, reduction)
    return CrossEntropy(ids: targets.tokens, ignoring: ignoring, reduction: reduction)
        .loss(logits, meanWeight: weight)
}

/// −ln softmax(logits)[label] of a classifier, over all examples, in nats.
///
/// With class weights w and label smoothing ε (Szegedy et al. 2016, "Rethinking the Inception
/// Architecture") each example's loss is (1 − ε)·w[label]·(−ln p[label]) + ε/C·Σ w[c]·(−ln p[c]), and the
/// mean divides by the sum of w[label], both as in PyTorch. ∂/∂logits = a·softmax(logits) −
/// (1 − ε)·w[label]·onehot(label) − ε/C·w with a = (1 − ε)·w[label] + ε/C·Σ w.
///
/// - Parameters:
///   - logits: `[…, classes]`.
///   - labels: the right classes, `[…]`: from 0 to classes − 1.
///   - weights: how much each class counts, `[classes]`; 1 each without.
///   - labelSmoothing: ε, the share of the target that all classes have in common: 0 to 1.
///   - ignoring: a label that marks examples that do not count.
/// - Returns: a scalar, 0 if no example counts; the shape of `labels` for the reduction `none`.
public func crossEntropy(
    logits: Tensor, labels: IntTensor, weights: Tensor? = nil, labelSmoothing: Float = 0,
    ignoring: Int32? = nil, reduction: Reduction = .mean
) -> Tensor {
    let classes = logits.dim(-1)
    precondition(
        Array(labels.shape) == logits.shape.dropLast(),
        "crossEntropy: the logits have shape \(logits.shape), so that the labels must have the shape \(Array(logits.shape.dropLast())), not \(labels.shape)."
    )
    precondition(
        weights == nil || weights?.shape == [classes],
        "crossEntropy: there are \(classes) classes, but the weights have shape \(weights?.shape ?? [])."
    )
    precondition(
        (0...1).contains(labelSmoothing),
        "crossEntropy: labelSmoothing must be from 0 to 1, but is \(labelSmoothing).")
    let ids = labels.scalars
    for id in ids where (id < 0 || id >= classes) && id != ignoring {
        preconditionFailure(
            "crossEntropy: label \(id) is not one of the \(classes) classes from 0.")
    }
    let entropy = CrossEntropy(
        ids: ids, ignoring: ignoring, reduction: reduction, weights: weights?.scalars,
        smoothing: labelSmoothing)
    let total = entropy.totalWeight
    return entropy.loss(logits, meanWeight: reduction == .mean && total != 0 ? 1 / total : 1)
}

/// The cross-entropy of rows of logits with the classes that are right, forwards and backwards.
private struct CrossEntropy: Sendable {
    /// The right class of each row.
    let ids: [Int32]
    let ignoring: Int32?
    let reduction: Reduction
    /// How much each class counts; `nil` for 1 each.
    var weights: [Float]?
    /// The share of the target that all classes have in common.
    var smoothing: Float = 0

    /// The sum of the weights of the rows that count.
    var totalWeight: Float { ids.reduce(0) { $0 + ($1 == ignoring ? 0 : weight($1)) } }

    private func weight(_ id: Int32) -> Float { weights?[Int(id)] ?? 1 }

    /// - Parameter meanWeight: what the sum of the losses is multiplied by.
    func loss(_ logits: Tensor, meanWeight: Float) -> Tensor {
        let source = logits.contiguous()
        let losses = make([ids.count]) { losses in
            forEachRow(of: source) { row, logits, width in
                losses[row] = ids[row] == ignoring ? 0 : loss(of: logits, width, ids[row])
            }
        }
        let result =
            reduction == .none
            ? losses.reshaped(Array(logits.shape.dropLast())) : losses.sum() * meanWeight
        let isForEach = reduction == .none
        return result.recorded(.crossEntropy, logits) { gradient in
            let upstream = isForEach ? gradient.scalars : [gradient.item() * meanWeight]
            return make(source.layout.shape) { output in
                forEachRow(of: source) { row, logits, width in
                    let place = output + row * width
                    guard ids[row] != ignoring else { return kernels.fill(0, place, width) }
                    place.update(from: logits, count: width)
                    turnIntoGradient(
                        place, width, ids[row], scale: upstream[isForEach ? row : 0])
                }
            }
        }
    }

    private func forEachRow(
        of logits: Tensor,
        _ body: (_ row: Int, _ logits: UnsafePointer<Float>, _ width: Int) -> Void
    ) {
        let width = logits.dim(-1)
        let passes = Tuning.current.passes
        logits.reading { logits in
            forEachChunk(of: ids.count, grain: passes.rows(of: width, elements: passes.rowElements))
            { range in
                for row in range { body(row, logits + row * width, width) }
            }
        }
    }

    private func loss(of logits: UnsafePointer<Float>, _ width: Int, _ id: Int32) -> Float {
        let own = kernels.cross_entropy(logits, width, Int(id)) * weight(id)
        guard smoothing > 0 else { return own }
        let total = kernels.log_sum_exp(logits, width)
        var all: Float = 0
        for column in 0..<width { all += (weights?[column] ?? 1) * (total - logits[column]) }
        return (1 - smoothing) * own + smoothing / Float(width) * all
    }

    /// Makes logits into their gradient, for an upstream gradient of `scale`.
    private func turnIntoGradient(
        _ logits: UnsafeMutablePointer<Float>, _ width: Int, _ id: Int32, scale: Float
    ) {
        guard smoothing > 0 else {
            _ = kernels.cross_entropy_gradient(logits, width, Int(id), scale * weight(id))
            return
        }
        let (own, shared) = ((1 - smoothing) * weight(id), smoothing / Float(width))
        let total = own + shared * (weights?.reduce(0, +) ?? Float(width))
        // total·(softmax − onehot), of which only `own` belongs to the right class.
        _ = kernels.cross_entropy_gradient(logits, width, Int(id), scale * total)
        logits[Int(id)] += scale * (total - own)
        for column in 0..<width { logits[column] -= scale * shared * (weights?[column] ?? 1) }
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
