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
    /// Which of all probabilities, `[batch, heads, queries, keys]` in row-major order, are dropped.
    let dropout: DropoutMask?
    /// Who multiplies, also for the gradients.
    let engine = Compute.products
    private let tuning = Tuning.current.attention

    /// Queries in a strip.
    private var strip: Int {
        guard mask == .causal, queries <= tuning.shortQueries else { return tuning.strip }
        return kernels.strip_columns == 48 ? tuning.shortStripOfWideVectors : tuning.shortStrip
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
        let grain = Swift.max(
            1, tuning.operationsOfChunk / Swift.max(1, operations), count / tuning.mostChunks)
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
    private var isLarge: Bool { batch * queries * heads * width >= tuning.smallestFetched }

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

    /// Drops probabilities, or their gradients, of these queries: rows `keys` apart, as many columns of each
    /// as are visible to the last.
    private func drop(
        _ queries: Range<Int>, of place: HeadPlace, _ rows: UnsafeMutablePointer<Float>,
        visible: Int
    ) {
        guard let dropout else { return }
        for (row, query) in queries.enumerated() {
            let numbers = rows + row * keys
            dropout.apply(
                to: numbers, into: numbers, from: (place.index * self.queries + query) * keys,
                count: visible)
        }
    }

    /// y = softmax(scale · Q·Kᵀ)·V, and the log-sum-exp of each row.
    func forward(_ q: Heads, _ k: Heads, _ v: Heads, into y: Heads, logSumExp: Tensor) {
        let byKey = PackedFactor(inner: width, columns: keys, by: engine)
        let byWidth = PackedFactor(inner: keys, columns: width, by: engine)
        let parts = [q, k, v]
        forEachHead(floats: scoreCount + byKey.count + byWidth.count) { place, next, scores in
            let keysPacked = byKey.pack(k.matrix(place).transposed, into: scores + scoreCount)
            let valuesPacked = byWidth.pack(
                v.matrix(place), into: scores + scoreCount + byKey.count)
            let row = logSumExp.pointer + place.index * queries
            let queryRows = q.matrix(place)
            for start in stride(from: 0, to: queries, by: strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                keysPacked.multiply(
                    queryRows.rows(from: start), rows: count, columns: visible, into: scores,
                    stride: keys)
                forEachPart(start..<(start + count)) { rows in
                    fetch(rows, of: next, parts)
                    kernels.softmax_rows(
                        scores + (rows.lowerBound - start) * keys, keys, scale,
                        row + rows.lowerBound, rows.count, visible,
                        firstVisible(rows.lowerBound), visibleStep)
                }
                drop(start..<(start + count), of: place, scores, visible: visible)
                valuesPacked.multiply(
                    Matrix(pointer: scores, stride: keys), rows: count, inner: visible,
                    into: y.head(place) + start * y.rowStride, stride: y.rowStride)
            }
        }
    }

    /// The gradients of queries, keys and values; the probabilities are recomputed.
    ///
    /// With a mask M of dropout, y = (P∘M)·V: ∂/∂V = (P∘M)ᵀ·g and ∂/∂P = (g·Vᵀ)∘M. What softmax's derivative
    /// subtracts, Σ P·∂/∂P, is Σ g·y of a row all the same.
    func backward(
        _ q: Heads, _ k: Heads, _ v: Heads, y: Heads, logSumExp: Tensor, gradient: Tensor,
        into dq: Heads, _ dk: Heads, _ dv: Heads
    ) {
        let g = gradient.heads
        let byKey = PackedFactor(inner: width, columns: keys, by: engine)
        let byWidth = PackedFactor(inner: keys, columns: width, by: engine)
        let byStrip = PackedFactor(inner: Swift.min(strip, queries), columns: width, by: engine)
        let parts = [q, k, v, g, y]
        let floats = 2 * scoreCount + 2 * byKey.count + byWidth.count + byStrip.count + strip
        forEachHead(floats: floats) { place, next, probabilities in
            let slopes = probabilities + scoreCount
            let packed = slopes + scoreCount
            let keysPacked = byKey.pack(k.matrix(place).transposed, into: packed)
            let valuesPacked = byKey.pack(
                v.matrix(place).transposed, into: packed + byKey.count)
            let keysByWidth = byWidth.pack(k.matrix(place), into: packed + 2 * byKey.count)
            let stripMemory = packed + 2 * byKey.count + byWidth.count
            let deltas = stripMemory + byStrip.count
            let shifts = logSumExp.pointer + place.index * queries
            // From the last strip, which sees the most keys: it overwrites ∂/∂K and ∂/∂V, and the
            // others add to a part of them.
            let lastStart = (queries - 1) / strip * strip
            for start in stride(from: lastStart, through: 0, by: -strip) {
                let count = Swift.min(strip, queries - start)
                let visible = visibleKeys(start + count - 1)
                let queryRows = q.matrix(place).rows(from: start)
                let gradientRows = g.matrix(place).rows(from: start)
                keysPacked.multiply(
                    queryRows, rows: count, columns: visible, into: probabilities, stride: keys)
                valuesPacked.multiply(
                    gradientRows, rows: count, columns: visible, into: slopes, stride: keys)
                drop(start..<(start + count), of: place, slopes, visible: visible)
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
                drop(start..<(start + count), of: place, probabilities, visible: visible)
                let p = Matrix(pointer: probabilities, stride: keys)
                let ds = Matrix(pointer: slopes, stride: keys)
                let strip = PackedFactor(inner: count, columns: width, by: engine)
                let accumulates = start != lastStart
                strip.pack(gradientRows, into: stripMemory).multiply(
                    p.transposed, rows: visible, accumulates: accumulates, into: dv.head(place),
                    stride: dv.rowStride)
                strip.pack(queryRows, into: stripMemory).multiply(
                    ds.transposed, rows: visible, accumulates: accumulates, into: dk.head(place),
                    stride: dk.rowStride)
                keysByWidth.multiply(
                    ds, rows: count, inner: visible, into: dq.head(place) + start * dq.rowStride,
                    stride: dq.rowStride)
            }
        }
    }
}

extension Heads {
    fileprivate func matrix(_ place: HeadPlace) -> Matrix {
        Matrix(pointer: head(place), stride: rowStride)
    }
}
