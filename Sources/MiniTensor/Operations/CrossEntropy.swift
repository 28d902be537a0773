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
///   - targets: the right ids, as many as there are positions.
///   - ignoring: an id that marks positions that do not count, such as padding (−1 in nanoGPT,
///     −100 in PyTorch).
/// - Returns: a scalar; 0 if no position counts.
public func crossEntropy(
    logits: Tensor, targets: TokenBatch, ignoring: Int32? = -1, reduction: Reduction = .mean
) -> Tensor {
    let vocabulary = logits.dim(-1)
    let rows = logits.count / Swift.max(1, vocabulary)
    let weight = lossWeight(
        targets, rows: rows, vocabulary: vocabulary, ignoring: ignoring, reduction)
    let ids = targets.tokens
    let source = logits.contiguous()
    let losses = Tensor(uninitialized: [rows])
    let grain = Swift.max(1, (1 << 14) / Swift.max(1, vocabulary))
    forEachChunk(of: rows, grain: grain) { range in
        for row in range {
            losses.pointer[row] =
                ids[row] == ignoring
                ? 0
                : kernels.cross_entropy(
                    source.pointer + row * vocabulary, vocabulary, Int(ids[row]))
        }
    }
    return (losses.sum() * weight).recorded(.crossEntropy, logits) { gradient in
        let scale = gradient.item() * weight
        return make(source.layout.shape) { output in
            forEachChunk(of: rows, grain: grain) { range in
                for row in range {
                    let place = output + row * vocabulary
                    guard ids[row] != ignoring else {
                        kernels.fill(0, place, vocabulary)
                        continue
                    }
                    place.update(from: source.pointer + row * vocabulary, count: vocabulary)
                    _ = kernels.cross_entropy_gradient(place, vocabulary, Int(ids[row]), scale)
                }
            }
        }
    }
}

/// What each position's loss is multiplied by. Checks the ids.
private func lossWeight(
    _ targets: TokenBatch, rows: Int, vocabulary: Int, ignoring: Int32?, _ reduction: Reduction
) -> Float {
    precondition(
        targets.tokens.count == rows,
        "crossEntropy: there are \(rows) rows of logits but \(targets.tokens.count) targets.")
    targets.requireIds(below: vocabulary, "crossEntropy", ignoring: ignoring)
    guard reduction == .mean else { return 1 }
    let counted = targets.tokens.reduce(0) { $0 + ($1 == ignoring ? 0 : 1) }
    return counted == 0 ? 0 : 1 / Float(counted)
}

/// Cross-entropy of the logits x·Wᵀ, without ever holding all of them.
///
/// The logits of a few hundred positions are made, turned into their gradient in place, and used at
/// once for ∂/∂x and ∂/∂W; then their memory serves the next positions. For 4,096 positions and a
/// vocabulary of 5,000 that saves 80 MB written and read several times. The same numbers as
/// `crossEntropy(logits: linear(x, weight: W), …)`.
///
/// - Parameters:
///   - x: `[batch, time, width]`.
///   - weight: `[vocabulary, width]`.
///   - positionsAtOnce: how many positions have their logits in memory at a time; as many as make
///     products fast unless given: 32 MiB of logits, but at least 256 positions. Fewer take less
///     memory and more time, because the weight is packed for each piece. Any multiple of 256 gives
///     the same bits.
public func linearCrossEntropy(
    _ x: Tensor, weight: Tensor, targets: TokenBatch, ignoring: Int32? = -1,
    reduction: Reduction = .mean, positionsAtOnce: Int? = nil
) -> Tensor {
    let (vocabulary, width) = weight.shape2
    precondition(
        x.dim(-1) == width,
        "linearCrossEntropy: x has shape \(x.shape) but the weight has \(weight.shape).")
    precondition(
        (positionsAtOnce ?? 1) > 0, "linearCrossEntropy: positionsAtOnce must be above 0.")
    let rows = x.count / Swift.max(1, width)
    let scale = lossWeight(
        targets, rows: rows, vocabulary: vocabulary, ignoring: ignoring, reduction)
    let usual = Swift.max(256, (8 << 20) / Swift.max(1, vocabulary) / 256 * 256)
    let pass = LinearCrossEntropyPass(
        x: x.contiguous(), weight: weight.contiguous(), ids: targets.tokens, ignoring: ignoring,
        scale: scale, positionsAtOnce: positionsAtOnce ?? usual)
    let dx = x.isRecorded ? Tensor(uninitialized: x.layout.shape) : nil
    let dw = weight.isRecorded ? Tensor(uninitialized: weight.layout.shape) : nil
    let loss = pass.run(dx: dx, dw: dw)
    let (xVariable, weightVariable) = (x.variable, weight.variable)
    return (loss * scale).recorded(.linearCrossEntropy, inputs: [x, weight]) {
        gradient, gradients in
        // Both were made for a gradient of 1.
        let factor = gradient.item()
        if let dx { gradients.add(factor == 1 ? dx : dx * factor, to: xVariable) }
        if let dw { gradients.add(factor == 1 ? dw : dw * factor, to: weightVariable) }
    }
}

private struct LinearCrossEntropyPass {
    let x: Tensor
    let weight: Tensor
    let ids: [Int32]
    let ignoring: Int32?
    let scale: Float
    let positionsAtOnce: Int

    /// The sum of the losses; fills the gradients that are asked for.
    func run(dx: Tensor?, dw: Tensor?) -> Tensor {
        let (vocabulary, width) = weight.shape2
        let rows = ids.count
        if rows == 0, let dw { kernels.fill(0, dw.pointer, dw.count) }
        let chunk = Swift.max(1, Swift.min(rows, positionsAtOnce))
        let logits = Tensor(uninitialized: [chunk, vocabulary])
        let losses = Tensor(uninitialized: [rows])
        for start in stride(from: 0, to: rows, by: chunk) {
            let count = Swift.min(chunk, rows - start)
            BLAS.parallelGemm(
                rows: count, columns: vocabulary, inner: width,
                BLAS.Matrix(pointer: x.pointer + start * width, stride: width),
                BLAS.Matrix(pointer: weight.pointer, stride: width, isTransposed: true),
                into: logits.pointer, stride: vocabulary
            ) { range in
                for row in range {
                    losses.pointer[start + row] = finish(
                        logits.pointer + row * vocabulary, id: ids[start + row],
                        wantsGradient: dx != nil || dw != nil)
                }
            }
            let gradient = BLAS.Matrix(pointer: logits.pointer, stride: vocabulary)
            if let dx {
                BLAS.parallelGemm(
                    rows: count, columns: width, inner: vocabulary, gradient,
                    BLAS.Matrix(pointer: weight.pointer, stride: width),
                    into: dx.pointer + start * width, stride: width)
            }
            if let dw {
                BLAS.parallelGemm(
                    rows: vocabulary, columns: width, inner: count, gradient.transposed,
                    BLAS.Matrix(pointer: x.pointer + start * width, stride: width),
                    beta: start == 0 ? 0 : 1, into: dw.pointer, stride: width)
            }
        }
        return losses.sum()
    }

    /// The loss of one row of logits, which becomes its gradient if that is wanted.
    private func finish(
        _ row: UnsafeMutablePointer<Float>, id: Int32, wantsGradient: Bool
    ) -> Float {
        let vocabulary = weight.dim(0)
        if id == ignoring {
            if wantsGradient { kernels.fill(0, row, vocabulary) }
            return 0
        }
        return wantsGradient
            ? kernels.cross_entropy_gradient(row, vocabulary, Int(id), scale)
            : kernels.cross_entropy(row, vocabulary, Int(id))
    }
}
