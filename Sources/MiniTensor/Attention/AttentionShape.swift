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
    /// of what the mask hides, wide ones make faster products. Where vectors are sixteen numbers long,
    /// 32 rows more of a causal mask are two whole vectors of columns more, none of them in vain.
    private var strip: Int {
        let isShort = mask == .causal && queries <= 128
        return kernels.strip_columns == 48 ? (isShort ? 32 : 48) : (isShort ? 24 : 48)
    }

    /// How many keys the query could look at if there were so many: below 0 where the mask hides all.
    private func firstVisible(_ query: Int) -> Int {
        mask == .none ? keys : query + 1 + keys - queries
    }

    /// How many keys the query may look at.
    private func visibleKeys(_ query: Int) -> Int {
        Swift.max(0, Swift.min(keys, firstVisible(query)))
    }

    /// Calls `body` for every head of every sequence, a few at a time on each thread, with the head
    /// that this thread takes next and `floats` floats of scratch memory.
    private func forEachHead(
        floats: Int,
        _ body: (_ place: HeadPlace, _ next: HeadPlace?, _ scratch: UnsafeMutablePointer<Float>)
            -> Void
    ) {
        let operations = 4 * queries * keys * width
        let count = batch * heads
        let grain = Swift.max(1, 500_000 / Swift.max(1, operations), count / 64)
        forEachChunk(of: count, grain: grain) { range in
            let scratch = Storage(count: floats)
            for index in range {
                body(
                    HeadPlace(index, of: heads),
                    index + 1 < range.upperBound ? HeadPlace(index + 1, of: heads) : nil,
                    scratch.pointer)
            }
            withExtendedLifetime(scratch) {}
        }
    }

    /// Floats for the scores of a strip; rows are `keys` apart.
    private var scoreCount: Int { Swift.min(strip, queries) * keys }

    /// How many keys each query may look at more than the one before.
    private var visibleStep: Int { mask == .none ? 0 : 1 }

    /// Calls `body` for the rows of a strip: one at a time if the next head is asked for meanwhile,
    /// because no processor can wait for many rows at once.
    private func forEachPart(_ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
        let some = isLarge ? 1 : Swift.max(1, rows.count)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: some) {
            body(row..<Swift.min(row + some, rows.upperBound))
        }
    }

    /// Whether the heads do not all stay in the second cache.
    private var isLarge: Bool { batch * queries * heads * width >= 1 << 17 }

    /// Asks for rows of the head that comes next while this one is computed: the rows of a head are
    /// far apart, and no processor foresees them by itself. What the second cache holds anyway need
    /// not be asked for.
    private func fetch(_ rows: Range<Int>, of next: HeadPlace?, _ parts: [Heads]) {
        guard let next, isLarge else { return }
        for part in parts {
            let head = part.head(next)
            for row in rows { mini_fetch(head + row * part.rowStride, width) }
        }
    }

    /// y = softmax(scale · Q·Kᵀ)·V, and the log-sum-exp of each row.
    func forward(_ q: Heads, _ k: Heads, _ v: Heads, into y: Heads, logSumExp: Tensor) {
        let byKey = PackedFactor(inner: width, columns: keys)
        let byWidth = PackedFactor(inner: keys, columns: width)
        let parts = [q, k, v]
        forEachHead(floats: scoreCount + byKey.count + byWidth.count) { place, next, scores in
            let keysPacked = scores + scoreCount
            let valuesPacked = keysPacked + byKey.count
            byKey.pack(k.matrix(place).transposed, into: keysPacked)
            byWidth.pack(v.matrix(place), into: valuesPacked)
            let row = logSumExp.pointer + place.index * queries
            let queryRows = q.matrix(place)
            for start in stride(from: 0, to: queries, by: strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                byKey.multiply(
                    queryRows.rows(from: start), rows: count, columns: visible, keysPacked,
                    into: scores, stride: keys)
                forEachPart(start..<(start + count)) { rows in
                    fetch(rows, of: next, parts)
                    kernels.softmax_rows(
                        scores + (rows.lowerBound - start) * keys, keys, scale,
                        row + rows.lowerBound, rows.count, visible,
                        firstVisible(rows.lowerBound), visibleStep)
                }
                byWidth.multiply(
                    BLAS.Matrix(pointer: scores, stride: keys), rows: count, inner: visible,
                    valuesPacked, into: y.head(place) + start * y.rowStride,
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
        let parts = [q, k, v, g, y]
        let floats = 2 * scoreCount + 2 * byKey.count + byWidth.count + byStrip.count + strip
        forEachHead(floats: floats) { place, next, probabilities in
            let slopes = probabilities + scoreCount
            let keysPacked = slopes + scoreCount
            let valuesPacked = keysPacked + byKey.count
            let keysByWidth = valuesPacked + byKey.count
            let stripPacked = keysByWidth + byWidth.count
            let deltas = stripPacked + byStrip.count
            byKey.pack(k.matrix(place).transposed, into: keysPacked)
            byKey.pack(v.matrix(place).transposed, into: valuesPacked)
            byWidth.pack(k.matrix(place), into: keysByWidth)
            let shifts = logSumExp.pointer + place.index * queries
            // From the last strip, which sees the most keys: it overwrites ∂/∂K and ∂/∂V, and the
            // others add to a part of them.
            let lastStart = (queries - 1) / strip * strip
            for start in stride(from: lastStart, through: 0, by: -strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                let queryRows = q.matrix(place).rows(from: start)
                let gradientRows = g.matrix(place).rows(from: start)
                byKey.multiply(
                    queryRows, rows: count, columns: visible, keysPacked, into: probabilities,
                    stride: keys)
                byKey.multiply(
                    gradientRows, rows: count, columns: visible, valuesPacked, into: slopes,
                    stride: keys)
                kernels.dot_rows(
                    gradientRows.pointer, g.rowStride, y.head(place) + start * y.rowStride,
                    y.rowStride, deltas, count, width)
                forEachPart(start..<(start + count)) { rows in
                    let row = rows.lowerBound - start
                    fetch(rows, of: next, parts)
                    kernels.softmax_rows_gradient(
                        probabilities + row * keys, slopes + row * keys, keys, scale,
                        shifts + rows.lowerBound, deltas + row, rows.count, visible,
                        firstVisible(rows.lowerBound), visibleStep)
                }
                let p = BLAS.Matrix(pointer: probabilities, stride: keys)
                let ds = BLAS.Matrix(pointer: slopes, stride: keys)
                let strip = PackedFactor(inner: count, columns: width)
                let accumulates = start != lastStart
                strip.pack(gradientRows, into: stripPacked)
                strip.multiply(
                    p.transposed, rows: visible, stripPacked, accumulates: accumulates,
                    into: dv.head(place), stride: dv.rowStride)
                strip.pack(queryRows, into: stripPacked)
                strip.multiply(
                    ds.transposed, rows: visible, stripPacked, accumulates: accumulates,
                    into: dk.head(place), stride: dk.rowStride)
                byWidth.multiply(
                    ds, rows: count, inner: visible, keysByWidth,
                    into: dq.head(place) + start * dq.rowStride,
                    stride: dq.rowStride)
            }
        }
    }
}

extension Heads {
    fileprivate func matrix(_ place: HeadPlace) -> BLAS.Matrix {
        BLAS.Matrix(pointer: head(place), stride: rowStride)
    }
}
