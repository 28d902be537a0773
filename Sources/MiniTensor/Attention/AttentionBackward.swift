import CMiniKernels

/// Where the gradients of an attention go.
struct AttentionGradients {
    let queries: Heads
    let keys: Heads
    let values: Heads
    /// Of the bias, which is added to; `nil` if it is not wanted.
    let bias: AttentionBias?
}

extension AttentionShape {
    /// Keys and values of a head, ready to be multiplied by.
    private struct Packed {
        /// Keys as columns.
        let keys: PackedMatrix
        /// Values as columns.
        let values: PackedMatrix
        let keyRows: PackedMatrix
    }

    /// The extents of what is packed, and where it lies.
    private struct Factors {
        let byKey: PackedFactor
        let byWidth: PackedFactor
        let byStrip: PackedFactor

        var count: Int { 2 * byKey.count + byWidth.count }

        func pack(
            keys: Matrix, values: Matrix, into memory: UnsafeMutablePointer<Float>
        ) -> Packed {
            Packed(
                keys: byKey.pack(keys.transposed, into: memory),
                values: byKey.pack(values.transposed, into: memory + byKey.count),
                keyRows: byWidth.pack(keys, into: memory + 2 * byKey.count))
        }
    }

    /// The gradients of queries, keys, values and bias; the probabilities are recomputed.
    ///
    /// With a mask M of dropout, y = (P∘M)·V: ∂/∂V = (P∘M)ᵀ·g and ∂/∂P = (g·Vᵀ)∘M. What softmax's derivative
    /// subtracts, Σ P·∂/∂P, is Σ g·y of a row all the same.
    func backward(
        _ q: Heads, _ k: Heads, _ v: Heads, y: Heads, logSumExp: Tensor, gradient: Tensor,
        into results: AttentionGradients
    ) {
        let g = gradient.heads
        let factors = Factors(
            byKey: PackedFactor(inner: width, columns: keys, by: engine),
            byWidth: PackedFactor(inner: keys, columns: width, by: engine),
            byStrip: PackedFactor(inner: Swift.min(strip, queries), columns: width, by: engine))
        let order =
            results.bias.map {
                HeadOrder(batch: batch, heads: heads, keyValueHeads: keyValueHeads, bias: $0)
            } ?? HeadOrder(batch: batch, heads: heads, keyValueHeads: keyValueHeads)
        let floats = 2 * scoreCount + factors.count + factors.byStrip.count + strip
        let (queryParts, sharedParts) = ([q, g, y], [k, v])
        forEachHead(order, floats: floats, keeping: Packed.self) { place, next, kept, scratch in
            let slopes = scratch + scoreCount
            let memory = slopes + scoreCount
            let stripMemory = memory + factors.count
            let deltas = stripMemory + factors.byStrip.count
            if place.isFirstOfGroup {
                kept = factors.pack(
                    keys: k.keyValueMatrix(place), values: v.keyValueMatrix(place), into: memory)
                clearLeftOut(place, results)
            }
            guard let packed = kept else {
                preconditionFailure("A thread takes whole groups of heads.")
            }
            let shown = shownKeys(place)
            let shifts = logSumExp.pointer + place.index * queries
            // From the last strip, which sees the most keys: it overwrites ∂/∂K and ∂/∂V, and the
            // others add to a part of them.
            let lastStart = (queries - 1) / strip * strip
            for start in stride(from: lastStart, through: 0, by: -strip) {
                let rows = start..<Swift.min(start + strip, queries)
                let visible = visibleKeys(rows, shown: shown, by: factors.byKey)
                let queryRows = q.matrix(place).rows(from: start)
                let gradientRows = g.matrix(place).rows(from: start)
                packed.keys.multiply(
                    queryRows, rows: rows.count, columns: visible, into: scratch, stride: keys)
                packed.values.multiply(
                    gradientRows, rows: rows.count, columns: visible, into: slopes, stride: keys)
                addBias(rows, of: place, scratch, visible: visible)
                drop(rows, of: place, slopes, visible: visible)
                kernels.dot_rows(
                    gradientRows.pointer, g.rowStride, y.head(place) + start * y.rowStride,
                    y.rowStride, deltas, rows.count, width)
                forEachPart(rows) { part in
                    let row = part.lowerBound - start
                    fetch(part, of: next, queryParts, sharedParts)
                    kernels.softmax_rows_gradient(
                        scratch + row * keys, slopes + row * keys, keys, scaleOfSoftmax,
                        shifts + part.lowerBound, deltas + row, part.count, visible.count,
                        firstVisible(part.lowerBound) - visible.lowerBound, visibleStep)
                }
                clearHidden(
                    scratch, count: rows.count, visible: visible.count, logSumExp: shifts + start)
                clearHidden(
                    slopes, count: rows.count, visible: visible.count, logSumExp: shifts + start)
                takeBiasGradient(rows, of: place, slopes, visible: visible, into: results.bias)
                drop(rows, of: place, scratch, visible: visible)
                let p = Matrix(pointer: scratch, stride: keys)
                let ds = Matrix(pointer: slopes, stride: keys)
                let byStrip = PackedFactor(inner: rows.count, columns: width, by: engine)
                let accumulates =
                    start != lastStart || !place.isFirstOfGroup || leavesOutKeys
                let (dq, dk, dv) = (results.queries, results.keys, results.values)
                byStrip.pack(gradientRows, into: stripMemory).multiply(
                    p.transposed, rows: visible.count, accumulates: accumulates,
                    into: dv.keyValueHead(place) + visible.lowerBound * dv.rowStride,
                    stride: dv.rowStride)
                byStrip.pack(queryRows, into: stripMemory).multiply(
                    ds.transposed, rows: visible.count, accumulates: accumulates,
                    into: dk.keyValueHead(place) + visible.lowerBound * dk.rowStride,
                    stride: dk.rowStride)
                packed.keyRows.multiply(
                    ds, rows: rows.count, inner: visible,
                    into: dq.head(place) + start * dq.rowStride, stride: dq.rowStride)
            }
        }
    }

    /// Makes ∂/∂K and ∂/∂V 0 where the last strip of queries does not overwrite them all.
    private func clearLeftOut(_ place: HeadPlace, _ results: AttentionGradients) {
        guard leavesOutKeys else { return }
        for part in [results.keys, results.values] {
            let head = part.keyValueHead(place)
            for key in 0..<keys { kernels.fill(0, head + key * part.rowStride, width) }
        }
    }

    /// Adds the gradients of scores with their bias to that of the bias, and turns them into those of the
    /// scores before they were multiplied by the scale.
    private func takeBiasGradient(
        _ queries: Range<Int>, of place: HeadPlace, _ slopes: UnsafeMutablePointer<Float>,
        visible: Range<Int>, into gradient: AttentionBias?
    ) {
        guard bias != nil else { return }
        for (row, query) in queries.enumerated() {
            let slope = slopes + row * keys
            if let gradient {
                let sum = gradient.row(query, of: place) + visible.lowerBound
                kernels.scale_add(1, slope, 1, sum, visible.count)
            }
            kernels.multiply_scalar(slope, scale, slope, visible.count)
        }
    }
}
