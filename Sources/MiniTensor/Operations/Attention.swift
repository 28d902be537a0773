import CMiniKernels

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
/// - Returns: `[batch, heads, time, width]`, laid out so that swapping axes 1 and 2 is contiguous.
public func scaledDotProductAttention(
    queries: Tensor, keys: Tensor, values: Tensor, scale: Float? = nil, mask: AttentionMask = .none
) -> Tensor {
    let (batch, heads, time, width) = queries.shape4
    precondition(
        keys.shape == values.shape && keys.rank == 4
            && keys.shape == [batch, heads, keys.dim(2), width],
        "attention: queries \(queries.shape), keys \(keys.shape) and values \(values.shape) must agree in batch, heads and width, and keys and values in length."
    )
    let parts = [queries, keys, values].map { $0.withAdjacentColumns() }
    let shape = AttentionShape(
        batch: batch, heads: heads, queries: time, keys: keys.dim(2), width: width,
        scale: scale ?? 1 / Float(width).squareRoot(), mask: mask)
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
/// - Returns: `[batch, time, width]`.
public func selfAttention(
    _ queryKeyValue: Tensor, heads: Int, mask: AttentionMask = .causal
) -> Tensor {
    let (batch, time, packed) = queryKeyValue.shape3
    precondition(
        heads > 0 && packed % (3 * heads) == 0,
        "selfAttention: a last axis of \(packed) is not 3 · width with a width that \(heads) heads divide."
    )
    let width = packed / 3 / heads
    let shape = AttentionShape(
        batch: batch, heads: heads, queries: time, keys: time, width: width,
        scale: 1 / Float(width).squareRoot(), mask: mask)
    let source = queryKeyValue.contiguous()
    let y = Tensor(uninitialized: [batch, time, heads * width])
    let logSumExp = Tensor(uninitialized: [batch, heads, time])
    let output = y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads
    let inputs = source.packedHeads(heads)
    shape.forward(inputs[0], inputs[1], inputs[2], into: output, logSumExp: logSumExp)
    let variable = queryKeyValue.variable
    return y.recorded(.selfAttention, inputs: [queryKeyValue]) { gradient, gradients in
        let inputs = source.packedHeads(heads)
        let result = Tensor(uninitialized: source.layout.shape)
        let parts = result.packedHeads(heads)
        shape.backward(
            inputs[0], inputs[1], inputs[2],
            y: y.reshaped(batch, time, heads, width).swappedAxes(1, 2).heads,
            logSumExp: logSumExp,
            gradient: gradient.contiguous().reshaped(batch, time, heads, width).swappedAxes(1, 2),
            into: parts[0], parts[1], parts[2])
        gradients.add(result, to: variable)
    }
}

// MARK: - Heads in memory

/// Where the heads of a `[batch, heads, time, width]` view lie; the width is contiguous.
private struct Heads: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let batchStride: Int
    let headStride: Int
    let rowStride: Int

    func head(_ head: Int, batch: Int) -> UnsafeMutablePointer<Float> {
        pointer + batch * batchStride + head * headStride
    }

    func matrix(_ head: Int, batch: Int) -> BLAS.Matrix {
        BLAS.Matrix(pointer: self.head(head, batch: batch), stride: rowStride)
    }
}

extension Tensor {
    /// The tensor, copied if its last axis is not contiguous or its rows overlap.
    fileprivate func withAdjacentColumns() -> Tensor {
        let isUsable = layout.strides[3] == 1 && layout.strides[2] >= layout.shape[3]
        return isUsable ? detached() : copied()
    }

    fileprivate var heads: Heads {
        Heads(
            pointer: pointer, batchStride: layout.strides[0], headStride: layout.strides[1],
            rowStride: layout.strides[2])
    }

    /// Queries, keys and values of a contiguous `[batch, time, 3·width]`.
    fileprivate func packedHeads(_ heads: Int) -> [Heads] {
        let (_, time, packed) = shape3
        let width = packed / 3
        return (0..<3).map {
            Heads(
                pointer: pointer + $0 * width, batchStride: time * packed,
                headStride: width / heads, rowStride: packed)
        }
    }
}

// MARK: - The computation

private struct AttentionShape {
    let batch: Int
    let heads: Int
    let queries: Int
    let keys: Int
    let width: Int
    let scale: Float
    let mask: AttentionMask

    /// Queries in a strip. Narrow strips skip more of what the mask hides, wide ones make faster
    /// products.
    private var strip: Int {
        mask == .none ? 128 : queries <= 64 ? 32 : queries <= 256 ? 64 : 128
    }

    /// How many keys the query may look at.
    private func visibleKeys(_ query: Int) -> Int {
        mask == .none ? keys : Swift.max(0, Swift.min(keys, query + 1 + keys - queries))
    }

    /// Calls `body` for every head of every sequence, a few at a time on each thread, with room for
    /// `strips` strips of scores.
    private func forEachHead(
        strips: Int,
        _ body: (_ batch: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        let operations = 4 * queries * keys * width
        let grain = Swift.max(1, 500_000 / Swift.max(1, operations))
        let size = Swift.min(strip, queries) * keys
        forEachChunk(of: batch * heads, grain: grain) { range in
            let scratch = Storage(count: strips * size)
            for index in range {
                let (batch, head) = index.quotientAndRemainder(dividingBy: heads)
                body(batch, head, scratch.pointer)
            }
            withExtendedLifetime(scratch) {}
        }
    }

    func forward(_ q: Heads, _ k: Heads, _ v: Heads, into y: Heads, logSumExp: Tensor) {
        forEachHead(strips: 1) { batch, head, scores in
            let row = logSumExp.pointer + (batch * heads + head) * queries
            for start in stride(from: 0, to: queries, by: strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                makeScores(q, k, batch, head, start: start, count: count, visible, into: scores)
                for index in 0..<count {
                    let line = scores + index * visible
                    let limit = visibleKeys(start + index)
                    if limit > 0 { row[start + index] = kernels.softmax(line, scale, line, limit) }
                    kernels.fill(0, line + limit, visible - limit)
                }
                BLAS.gemm(
                    rows: count, columns: width, inner: visible,
                    BLAS.Matrix(pointer: scores, stride: Swift.max(1, visible)),
                    v.matrix(head, batch: batch),
                    into: y.head(head, batch: batch) + start * y.rowStride, stride: y.rowStride)
            }
        }
    }

    private func makeScores(
        _ q: Heads, _ k: Heads, _ batch: Int, _ head: Int, start: Int, count: Int, _ visible: Int,
        into scores: UnsafeMutablePointer<Float>
    ) {
        BLAS.gemm(
            rows: count, columns: visible, inner: width,
            q.matrix(head, batch: batch).rows(from: start),
            k.matrix(head, batch: batch).transposed, into: scores, stride: Swift.max(1, visible))
    }

    func backward(
        _ q: Heads, _ k: Heads, _ v: Heads, y: Heads, logSumExp: Tensor, gradient: Tensor,
        into dq: Heads, _ dk: Heads, _ dv: Heads
    ) {
        let g = gradient.heads
        forEachHead(strips: 2) { batch, head, scratch in
            let probabilities = scratch
            let slopes = scratch + Swift.min(strip, queries) * keys
            let shifts = logSumExp.pointer + (batch * heads + head) * queries
            let gHead = g.matrix(head, batch: batch)
            // From the last strip, which sees the most keys: it overwrites ∂/∂K and ∂/∂V, and the
            // others add to a part of them.
            var isFirst = true
            let lastStart = (queries - 1) / strip * strip
            for start in stride(from: lastStart, through: 0, by: -strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                makeScores(
                    q, k, batch, head, start: start, count: count, visible, into: probabilities)
                BLAS.gemm(
                    rows: count, columns: visible, inner: width, gHead.rows(from: start),
                    v.matrix(head, batch: batch).transposed, into: slopes,
                    stride: Swift.max(1, visible))
                for index in 0..<count {
                    let (p, ds) = (probabilities + index * visible, slopes + index * visible)
                    let (limit, query) = (visibleKeys(start + index), start + index)
                    let delta = kernels.dot(
                        g.head(head, batch: batch) + query * g.rowStride,
                        y.head(head, batch: batch) + query * y.rowStride, width)
                    kernels.exp_shifted(p, scale, shifts[query], p, limit)
                    kernels.softmax_gradient_with_delta(p, ds, delta, scale, ds, limit)
                    kernels.fill(0, p + limit, visible - limit)
                    kernels.fill(0, ds + limit, visible - limit)
                }
                let p = BLAS.Matrix(pointer: probabilities, stride: Swift.max(1, visible))
                let ds = BLAS.Matrix(pointer: slopes, stride: Swift.max(1, visible))
                let beta: Float = isFirst ? 0 : 1
                BLAS.gemm(
                    rows: visible, columns: width, inner: count, p.transposed,
                    gHead.rows(from: start), beta: beta, into: dv.head(head, batch: batch),
                    stride: dv.rowStride)
                BLAS.gemm(
                    rows: visible, columns: width, inner: count, ds.transposed,
                    q.matrix(head, batch: batch).rows(from: start), beta: beta,
                    into: dk.head(head, batch: batch), stride: dk.rowStride)
                BLAS.gemm(
                    rows: count, columns: width, inner: visible, ds, k.matrix(head, batch: batch),
                    into: dq.head(head, batch: batch) + start * dq.rowStride,
                    stride: dq.rowStride)
                isFirst = false
            }
        }
    }
}
