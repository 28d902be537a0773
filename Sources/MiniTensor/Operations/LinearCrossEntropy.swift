import CMiniKernels

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
///   - targets: the right ids, `[batch, time]`.
///   - positionsAtOnce: how many positions have their logits in memory at a time; as many as make
///     products fast unless given: 32 MiB of logits, but at least 256 positions. Fewer take less
///     memory and more time, because the weight is read for each piece. Any multiple of 256 gives
///     the same bits.
/// - Returns: a scalar; for the reduction `none` the loss of each position, for which all logits are made.
public func linearCrossEntropy(
    _ x: Tensor, weight: Tensor, targets: TokenBatch, ignoring: Int32? = -1,
    reduction: Reduction = .mean, positionsAtOnce: Int? = nil
) -> Tensor {
    let (vocabulary, width) = weight.shape2
    precondition(
        x.dim(-1) == width,
        "linearCrossEntropy: x has shape \(x.shape) but the weight has \(weight.shape).")
    if reduction == .none {
        return crossEntropy(
            logits: linear(x, weight: weight), targets: targets, ignoring: ignoring,
            reduction: .none)
    }
    precondition(
        (positionsAtOnce ?? 1) > 0, "linearCrossEntropy: positionsAtOnce must be above 0.")
    let scale = lossWeight(
        targets, of: x, vocabulary: vocabulary, ignoring: ignoring, reduction)
    let tuning = Tuning.current.logits
    let usual = Swift.max(
        tuning.positions,
        tuning.elements / Swift.max(1, vocabulary) / tuning.positions * tuning.positions)
    let dx = x.isRecorded ? Tensor(uninitialized: x.layout.shape) : nil
    let dw =
        weight.isRecorded ? Tensor(uninitialized: weight.layout.shape, stays: true) : nil
    let pass = LinearCrossEntropyPass(
        x: x.contiguous(), weight: weight.contiguous(), dx: dx, dw: dw, ids: targets.tokens,
        ignoring: ignoring, scale: scale, tuning: tuning)
    let loss = pass.run(positionsAtOnce: positionsAtOnce ?? usual)
    let (xVariable, weightVariable) = (x.variable, weight.variable)
    return (loss * scale).recorded(.linearCrossEntropy, inputs: [x, weight]) {
        gradient, gradients in
        // Both were made for a gradient of 1.
        let factor = gradient.item()
        if let dx { gradients.add(factor == 1 ? dx : dx * factor, to: xVariable) }
        if let dw { gradients.add(factor == 1 ? dw : dw * factor, to: weightVariable) }
    }
}

/// The losses of all positions, and the gradients of x and W, some positions at a time.
private struct LinearCrossEntropyPass {
    let x: Tensor
    let weight: Tensor
    /// Where the gradients go, if they are wanted.
    let dx: Tensor?
    let dw: Tensor?
    let ids: [Int32]
    let ignoring: Int32?
    let scale: Float
    let tuning: Tuning.Logits
    private let products = Products.current

    private var vocabulary: Int { weight.dim(0) }
    private var width: Int { weight.dim(1) }
    private var wantsGradient: Bool { dx != nil || dw != nil }

    /// The sum of the losses.
    func run(positionsAtOnce: Int) -> Tensor {
        if ids.isEmpty, let dw { kernels.fill(0, dw.pointer, dw.count) }
        let losses = Tensor(uninitialized: [ids.count])
        let pieces = pieces(of: ids.count, positionsAtOnce: positionsAtOnce)
        let logits = Tensor(uninitialized: [pieces.map(\.count).max() ?? 0, vocabulary])
        for positions in pieces {
            if vocabulary < tuning.smallestByToken {
                runByPosition(positions, logits, losses.pointer)
            } else {
                runByToken(positions, logits, losses.pointer)
            }
        }
        return losses.sum()
    }

    /// The positions of each piece.
    private func pieces(of count: Int, positionsAtOnce: Int) -> [Range<Int>] {
        // BLAS rounds in a way that depends on how many rows a product has: the pieces, and so the
        // bits, are then the same whatever is asked for.
        let size =
            products.isPacked ? positionsAtOnce : Swift.min(positionsAtOnce, tuning.positions)
        var pieces = stride(from: 0, to: count, by: size).map {
            $0..<Swift.min($0 + size, count)
        }
        if pieces.count > 1, let last = pieces.last, last.count < tuning.fewestPositions,
            last.count < size
        {
            pieces.removeLast()
            pieces[pieces.count - 1] = pieces[pieces.count - 1].lowerBound..<count
        }
        return pieces
    }

    /// These rows of x.
    private func inputs(_ positions: Range<Int>) -> Operand {
        x.rows(of: width, from: positions.lowerBound)
    }

    /// Adds (∂loss/∂logits)ᵀ·x to ∂loss/∂W.
    private func addWeightGradient(
        _ positions: Range<Int>, _ logitsGradient: Operand, to dw: Tensor
    ) {
        multiply(
            rows: vocabulary, columns: width, inner: positions.count, logitsGradient.transposed,
            inputs(positions), accumulates: positions.lowerBound > 0, into: dw.rows(of: width))
    }

    private func multiply(
        rows: Int, columns: Int, inner: Int, _ a: Operand, _ b: Operand, accumulates: Bool = false,
        into c: Operand, finish: ((Range<Int>) -> Void)? = nil
    ) {
        products.multiplyInParallel([
            SharedProduct(
                rows: rows, columns: columns, inner: inner, a, b, accumulates: accumulates,
                into: c, finish: finish)
        ])
    }

    // MARK: Position by position

    private func runByPosition(
        _ positions: Range<Int>, _ logits: Tensor, _ losses: UnsafeMutablePointer<Float>
    ) {
        let rows = logits.rows(of: vocabulary)
        multiply(
            rows: positions.count, columns: vocabulary, inner: width, inputs(positions),
            weight.rows(of: width).transposed, into: rows
        ) { range in
            for row in range {
                let position = positions.lowerBound + row
                losses[position] = finish(logits.pointer + row * vocabulary, id: ids[position])
            }
        }
        if let dx {
            multiply(
                rows: positions.count, columns: width, inner: vocabulary, rows,
                weight.rows(of: width), into: dx.rows(of: width, from: positions.lowerBound))
        }
        if let dw { addWeightGradient(positions, rows, to: dw) }
    }

    /// The loss of one row of logits, which becomes its gradient if that is wanted.
    private func finish(_ row: UnsafeMutablePointer<Float>, id: Int32) -> Float {
        if id == ignoring {
            if wantsGradient { kernels.fill(0, row, vocabulary) }
            return 0
        }
        return wantsGradient
            ? kernels.cross_entropy_gradient(row, vocabulary, Int(id), scale)
            : kernels.cross_entropy(row, vocabulary, Int(id))
    }

    // MARK: Token by token

    private func runByToken(
        _ positions: Range<Int>, _ logits: Tensor, _ losses: UnsafeMutablePointer<Float>
    ) {
        let count = positions.count
        let columns = logits.rows(of: count)
        multiply(
            rows: vocabulary, columns: count, inner: width, weight.rows(of: width),
            inputs(positions).transposed, into: columns)
        finishColumns(positions, logits.pointer, losses)
        if let dx {
            // (∂loss/∂x)ᵀ = Wᵀ·(∂loss/∂logits)ᵀ: what is packed as a whole is the smaller factor.
            let transposed = Tensor(uninitialized: [width, count])
            multiply(
                rows: width, columns: count, inner: vocabulary,
                weight.rows(of: width).transposed, columns, into: transposed.rows(of: count))
            kernels.transpose(
                transposed.pointer, count, dx.pointer + positions.lowerBound * width, width,
                width, count)
        }
        if let dw { addWeightGradient(positions, columns.transposed, to: dw) }
    }

    /// The losses of columns of logits, which become their gradients if those are wanted.
    ///
    /// Every block of tokens is exponentiated relative to its own maxima; then the blocks are put on
    /// the scale of the maxima of all.
    private func finishColumns(
        _ positions: Range<Int>, _ logits: UnsafeMutablePointer<Float>,
        _ losses: UnsafeMutablePointer<Float>
    ) {
        let (count, first) = (positions.count, positions.lowerBound)
        let blocks = (vocabulary + tuning.tokensOfBlock - 1) / tuning.tokensOfBlock
        var (maxima, sums) = (
            Tensor(uninitialized: [blocks, count]), Tensor(uninitialized: [blocks, count])
        )
        // Until the logits of the targets are gone.
        let right = (0..<count).map { column in
            ids[first + column] == ignoring ? 0 : logits[Int(ids[first + column]) * count + column]
        }
        writing(&maxima, &sums) { maxima, sums in
            forEachBlock(blocks) { block, tokens in
                kernels.exponentials_of_columns(
                    logits + tokens.lowerBound * count, count, maxima + block * count,
                    sums + block * count, tokens.count, count)
            }
        }
        let largest = maxima.max(axis: 0)
        var total = Tensor.zeros([count])
        reading(largest, sums) { largest, sums in
            writing(&maxima, &total) { maxima, total in
                for block in 0..<blocks {
                    // Of each block its share of the whole: exp(maximum − largest).
                    let share = maxima + block * count
                    kernels.subtract(share, largest, share, count)
                    kernels.exp(share, share, count)
                    kernels.multiply_add(share, sums + block * count, total, count)
                }
            }
        }
        // The shares of infinite logits would be 0 · ∞.
        let totals = total.scalars
        let ignoredInfinities = (0..<count).filter { column in
            ids[first + column] == ignoring && !totals[column].isFinite
        }
        reading(largest, log(total)) { largest, logarithms in
            total.writing { total in
                for column in 0..<count {
                    let isIgnored = ids[first + column] == ignoring
                    losses[first + column] =
                        isIgnored ? 0 : (largest[column] - right[column]) + logarithms[column]
                    total[column] = isIgnored ? 0 : scale / total[column]
                }
            }
        }
        guard wantsGradient else { return }
        writing(&maxima, &total) { maxima, total in
            forEachBlock(blocks) { block, tokens in
                let share = maxima + block * count
                kernels.multiply(share, total, share, count)
                for token in tokens {
                    let row = logits + token * count
                    kernels.multiply(row, share, row, count)
                    for column in ignoredInfinities { row[column] = 0 }
                }
            }
        }
        for column in 0..<count where ids[first + column] != ignoring {
            logits[Int(ids[first + column]) * count + column] -= scale
        }
    }

    /// Calls `body` with every block of tokens, on several threads.
    private func forEachBlock(_ blocks: Int, _ body: (Int, Range<Int>) -> Void) {
        forEachChunk(of: blocks, grain: tuning.blocksOfChunk) { range in
            for block in range {
                let start = block * tuning.tokensOfBlock
                body(block, start..<Swift.min(start + tuning.tokensOfBlock, vocabulary))
            }
        }
    }
}
