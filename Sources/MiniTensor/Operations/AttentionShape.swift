import CMiniKernels

/// The extents of an attention, and the products of its heads.
///
/// A head is small: its keys and values are packed once and then meet every strip of queries in the
/// cache. No call of BLAS, which would pack them again for each.
struct AttentionShape {
    let batch: Int
    let heads: Int
    let queries: Int
    let keys: Int
    let width: Int
    let scale: Float
    let mask: AttentionMask

    /// Queries in a strip, a multiple of the rows in a tile of every kernel. Narrow strips skip more
    /// of what the mask hides, wide ones make faster products.
    private var strip: Int { mask == .causal && queries <= 128 ? 24 : 48 }

    /// How many keys the query may look at.
    private func visibleKeys(_ query: Int) -> Int {
        mask == .none ? keys : Swift.max(0, Swift.min(keys, query + 1 + keys - queries))
    }

    /// Calls `body` for every head of every sequence, a few at a time on each thread, with `floats`
    /// floats of scratch memory.
    private func forEachHead(
        floats: Int,
        _ body: (_ batch: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        let operations = 4 * queries * keys * width
        let grain = Swift.max(1, 500_000 / Swift.max(1, operations))
        forEachChunk(of: batch * heads, grain: grain) { range in
            let scratch = Storage(count: floats)
            for index in range {
                let (batch, head) = index.quotientAndRemainder(dividingBy: heads)
                body(batch, head, scratch.pointer)
            }
            withExtendedLifetime(scratch) {}
        }
    }

    /// Floats for the scores of a strip; rows are `keys` apart.
    private var scoreCount: Int { Swift.min(strip, queries) * keys }

    /// y = softmax(scale · Q·Kᵀ)·V, and the log-sum-exp of each row.
    func forward(_ q: Heads, _ k: Heads, _ v: Heads, into y: Heads, logSumExp: Tensor) {
        let byKey = PackedFactor(inner: width, columns: keys)
        let byWidth = PackedFactor(inner: keys, columns: width)
        forEachHead(floats: scoreCount + byKey.count + byWidth.count) { batch, head, scores in
            let keysPacked = scores + scoreCount
            let valuesPacked = keysPacked + byKey.count
            byKey.pack(k.matrix(head, batch: batch).transposed, into: keysPacked)
            byWidth.pack(v.matrix(head, batch: batch), into: valuesPacked)
            let row = logSumExp.pointer + (batch * heads + head) * queries
            let queryRows = q.matrix(head, batch: batch)
            for start in stride(from: 0, to: queries, by: strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                byKey.multiply(
                    queryRows.rows(from: start), rows: count, columns: visible, keysPacked,
                    into: scores, stride: keys)
                for index in 0..<count {
                    let line = scores + index * keys
                    let limit = visibleKeys(start + index)
                    if limit > 0 { row[start + index] = kernels.softmax(line, scale, line, limit) }
                    kernels.fill(0, line + limit, visible - limit)
                }
                byWidth.multiply(
                    BLAS.Matrix(pointer: scores, stride: keys), rows: count, inner: visible,
                    valuesPacked, into: y.head(head, batch: batch) + start * y.rowStride,
                    stride: y.rowStride)
            }
        }
    }

    /// The gradients of queries, keys and values; the probabilities are made again.
    func backward(
        _ q: Heads, _ k: Heads, _ v: Heads, y: Heads, logSumExp: Tensor, gradient: Tensor,
        into dq: Heads, _ dk: Heads, _ dv: Heads
    ) {
        let g = gradient.heads
        let byKey = PackedFactor(inner: width, columns: keys)
        let byWidth = PackedFactor(inner: keys, columns: width)
        let byStrip = PackedFactor(inner: Swift.min(strip, queries), columns: width)
        let floats = 2 * scoreCount + 2 * byKey.count + byWidth.count + byStrip.count
        forEachHead(floats: floats) { batch, head, probabilities in
            let slopes = probabilities + scoreCount
            let keysPacked = slopes + scoreCount
            let valuesPacked = keysPacked + byKey.count
            let keysByWidth = valuesPacked + byKey.count
            let stripPacked = keysByWidth + byWidth.count
            byKey.pack(k.matrix(head, batch: batch).transposed, into: keysPacked)
            byKey.pack(v.matrix(head, batch: batch).transposed, into: valuesPacked)
            byWidth.pack(k.matrix(head, batch: batch), into: keysByWidth)
            let shifts = logSumExp.pointer + (batch * heads + head) * queries
            // From the last strip, which sees the most keys: it overwrites ∂/∂K and ∂/∂V, and the
            // others add to a part of them.
            let lastStart = (queries - 1) / strip * strip
            for start in stride(from: lastStart, through: 0, by: -strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                let queryRows = q.matrix(head, batch: batch).rows(from: start)
                let gradientRows = g.matrix(head, batch: batch).rows(from: start)
                byKey.multiply(
                    queryRows, rows: count, columns: visible, keysPacked, into: probabilities,
                    stride: keys)
                byKey.multiply(
                    gradientRows, rows: count, columns: visible, valuesPacked, into: slopes,
                    stride: keys)
                for index in 0..<count {
                    let (p, ds) = (probabilities + index * keys, slopes + index * keys)
                    let (limit, query) = (visibleKeys(start + index), start + index)
                    let delta = kernels.dot(
                        g.head(head, batch: batch) + query * g.rowStride,
                        y.head(head, batch: batch) + query * y.rowStride, width)
                    kernels.exp_shifted(p, scale, shifts[query], p, limit)
                    kernels.softmax_gradient_with_delta(p, ds, delta, scale, ds, limit)
                    kernels.fill(0, p + limit, visible - limit)
                    kernels.fill(0, ds + limit, visible - limit)
                }
                let p = BLAS.Matrix(pointer: probabilities, stride: keys)
                let ds = BLAS.Matrix(pointer: slopes, stride: keys)
                let strip = PackedFactor(inner: count, columns: width)
                let accumulates = start != lastStart
                strip.pack(gradientRows, into: stripPacked)
                strip.multiply(
                    p.transposed, rows: visible, stripPacked, accumulates: accumulates,
                    into: dv.head(head, batch: batch), stride: dv.rowStride)
                strip.pack(queryRows, into: stripPacked)
                strip.multiply(
                    ds.transposed, rows: visible, stripPacked, accumulates: accumulates,
                    into: dk.head(head, batch: batch), stride: dk.rowStride)
                byWidth.multiply(
                    ds, rows: count, inner: visible, keysByWidth,
                    into: dq.head(head, batch: batch) + start * dq.rowStride,
                    stride: dq.rowStride)
            }
        }
    }
}

extension Heads {
    fileprivate func matrix(_ head: Int, batch: Int) -> BLAS.Matrix {
        BLAS.Matrix(pointer: self.head(head, batch: batch), stride: rowStride)
    }
}
