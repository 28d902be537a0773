import MiniTensor

// What a training makes small, besides `crossEntropy`. Gradients are those of the operations.

/// The mean squared error: the mean of (prediction − target)².
///
/// - Parameters:
///   - predictions: of any shape.
///   - targets: what is right, in the same shape.
///   - reduction: `none` gives the loss of each element.
public func mseLoss(
    predictions: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
    requireOneShape(predictions, targets, "mseLoss")
    return square(predictions - targets).reduced(reduction)
}

/// The mean absolute error: the mean of |prediction − target|.
///
/// - Parameters:
///   - predictions: of any shape.
///   - targets: what is right, in the same shape.
///   - reduction: `none` gives the loss of each element.
public func l1Loss(
    predictions: Tensor, targets: Tensor, reduction: Reduction = .mean
) -> Tensor {
    requireOneShape(predictions, targets, "l1Loss")
    return abs(predictions - targets).reduced(reduction)
}

/// Huber's loss: d²/2 for distances d up to δ, δ·(|d| − δ/2) beyond, where outliers pull no harder
/// (Huber 1964, "Robust Estimation of a Location Parameter").
///
/// - Parameters:
///   - predictions: of any shape.
///   - targets: what is right, in the same shape.
///   - delta: δ, where the square ends; above 0. For 1 this is PyTorch's `SmoothL1Loss`.
///   - reduction: `none` gives the loss of each element.
public func huberLoss(
    predictions: Tensor, targets: Tensor, delta: Float = 1, reduction: Reduction = .mean
) -> Tensor {
    requireOneShape(predictions, targets, "huberLoss")
    precondition(delta > 0, "huberLoss: delta must be above 0, but is \(delta).")
    let distances = abs(predictions - targets)
    // With c = min(|d|, δ) both parts are c·(|d| − c/2).
    let near = minimum(distances.detached(), delta)
    let isNear = distances.detached() .<= delta
    let losses = `where`(isNear, square(distances) * 0.5, near * (distances - near * 0.5))
    return losses.reduced(reduction)
}

/// Binary cross-entropy of logits: −t·ln σ(x) − (1 − t)·ln(1 − σ(x)) = softplus(x) − x·t, without
/// overflow.
///
/// - Parameters:
///   - logits: of any shape, before the sigmoid.
///   - targets: the probability of yes, from 0 to 1, in the same shape; or labels of 0 and 1 as
///     `Tensor(labels)`.
///   - weights: how much each element counts; broadcasts. The mean still divides by the number of
///     elements, as in PyTorch.
///   - reduction: `none` gives the loss of each element.
public func binaryCrossEntropy(
    logits: Tensor, targets: Tensor, weights: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
    requireOneShape(logits, targets, "binaryCrossEntropy")
    var losses = softplus(logits) - logits * targets
    if let weights { losses = losses * weights }
    return losses.reduced(reduction)
}

/// The Kullback–Leibler divergence Σ t·(ln t − ln p) along an axis: how many nats it costs to take p for
/// t. What has t = 0 costs nothing.
///
/// - Parameters:
///   - logProbabilities: ln p, such as `logSoftmax` gives.
///   - targets: the probabilities t, in the same shape.
///   - axis: along which the probabilities add up to 1.
///   - reduction: of the divergences of all distributions; `mean` is PyTorch's `batchmean`.
public func klDivergence(
    logProbabilities: Tensor, targets: Tensor, axis: Int = -1, reduction: Reduction = .mean
) -> Tensor {
    requireOneShape(logProbabilities, targets, "klDivergence")
    let isNothing = targets.detached() .== 0
    let logTargets = log(targets.filled(where: isNothing, with: 1))
    let costs = (targets * (logTargets - logProbabilities)).filled(where: isNothing, with: 0)
    return costs.sum(axis: axis).reduced(reduction)
}

private func requireOneShape(_ x: Tensor, _ targets: Tensor, _ name: StaticString) {
    precondition(
        x.shape == targets.shape,
        "\(name): the targets have shape \(targets.shape), but what is compared with them has \(x.shape). Use broadcast(to:) if that is meant."
    )
}

extension Tensor {
    fileprivate func reduced(_ reduction: Reduction) -> Tensor {
        switch reduction {
        case .mean: mean()
        case .sum: sum()
        case .none: self
        }
    }
}
