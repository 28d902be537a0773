import CMiniKernels

extension AttentionShape {
    /// Keys and values of a head, ready to be multiplied by.
    private struct Packed {
        /// Keys as columns.
        let keys: PackedMatrix
        let values: PackedMatrix
    }

    /// y = softmax(scale · Q·Kᵀ + bias)·V, and the log-sum-exp of each row.
    func forward(_ q: Heads, _ k: Heads, _ v: Heads, into y: Heads, logSumExp: Tensor) {
        let byKey = PackedFactor(inner: width, columns: keys, by: engine)
        let byWidth = PackedFactor(inner: keys, columns: width, by: engine)
        let order = HeadOrder(batch: batch, heads: heads, keyValueHeads: keyValueHeads)
        let floats = scoreCount + byKey.count + byWidth.count
        let (queryParts, sharedParts) = ([q], [k, v])
        forEachHead(order, floats: floats, keeping: Packed.self) { place, next, kept, scores in
            if place.isFirstOfGroup {
                kept = Packed(
                    keys: byKey.pack(k.keyValueMatrix(place).transposed, into: scores + scoreCount),
                    values: byWidth.pack(
                        v.keyValueMatrix(place), into: scores + scoreCount + byKey.count))
            }
            guard let packed = kept else {
                preconditionFailure("A thread takes whole groups of heads.")
            }
            let row = logSumExp.pointer + place.index * queries
            let queryRows = q.matrix(place)
            let shown = shownKeys(place)
            for start in stride(from: 0, to: queries, by: strip) {
                let rows = start..<Swift.min(start + strip, queries)
                let visible = visibleKeys(rows, shown: shown, by: byKey)
                packed.keys.multiply(
                    queryRows.rows(from: start), rows: rows.count, columns: visible, into: scores,
                    stride: keys)
                addBias(rows, of: place, scores, visible: visible)
                forEachPart(rows) { part in
                    fetch(part, of: next, queryParts, sharedParts)
                    kernels.softmax_rows(
                        scores + (part.lowerBound - start) * keys, keys, scaleOfSoftmax,
                        row + part.lowerBound, part.count, visible.count,
                        firstVisible(part.lowerBound) - visible.lowerBound, visibleStep)
                }
                clearHidden(
                    scores, count: rows.count, visible: visible.count, logSumExp: row + start)
                drop(rows, of: place, scores, visible: visible)
                packed.values.multiply(
                    Matrix(pointer: scores, stride: keys), rows: rows.count, inner: visible,
                    into: y.head(place) + start * y.rowStride, stride: y.rowStride)
            }
        }
    }
}
