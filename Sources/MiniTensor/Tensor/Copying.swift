import CMiniKernels

/// Writes the elements of `source`, in row-major order, to memory of the same count.
func copy(_ source: Tensor, to output: UnsafeMutablePointer<Float>) {
    source.readingStorage { copy($0, source.layout, to: output) }
}

/// The same of the elements at the places of a layout, counted from `storage`.
private func copy(
    _ storage: UnsafePointer<Float>, _ layout: Layout, to output: UnsafeMutablePointer<Float>
) {
    var layout = layout
    if layout.isContiguous {
        let input = storage + layout.offset
        forEachChunk(of: layout.count) { range in
            (output + range.lowerBound).update(from: input + range.lowerBound, count: range.count)
        }
        return
    }
    // A matrix that lies column by column is turned in blocks, which keeps the cache lines busy.
    if layout.rank >= 2 {
        let (rows, columns) = (layout.shape[layout.rank - 2], layout.shape[layout.rank - 1])
        let isTransposed =
            layout.strides[layout.rank - 2] == 1 && layout.strides[layout.rank - 1] >= rows
            && rows > 1 && columns > 1
        if isTransposed {
            let step = layout.strides[layout.rank - 1]
            layout.shape[layout.rank - 2] = 1
            layout.shape[layout.rank - 1] = 1
            let walk = MatrixWalk(layout)
            forEachChunk(
                of: walk.count, grain: 1 + Tuning.current.passes.elements / (rows * columns)
            ) { matrices in
                for matrix in matrices {
                    kernels.transpose(
                        storage + walk.start(of: matrix), step,
                        output + matrix * rows * columns, columns, columns, rows)
                }
            }
            return
        }
    }
    let walk = RowWalk([layout, Layout(contiguous: layout.shape)])
    guard walk.width > 0 else { return }
    forEachChunk(of: walk.rows, grain: Tuning.current.passes.rows(of: walk.width)) { rows in
        for row in rows {
            let input = storage + walk.start(of: row, in: 0)
            let outputRow = output + row * walk.width
            if walk.strides[0] == 1 {
                outputRow.update(from: input, count: walk.width)
            } else {
                kernels.gather_strided(input, walk.strides[0], outputRow, walk.width)
            }
        }
    }
}

/// Writes the elements of `source` to the places of a layout of the same shape, counted from `start`.
func copy(_ source: Tensor, into start: UnsafeMutablePointer<Float>, as layout: Layout) {
    if layout.isContiguous {
        copy(source, to: start + layout.offset)
        return
    }
    forEachRowPair(source, start, layout) { input, inputStride, output, outputStride, count in
        for index in 0..<count { output[index * outputStride] = input[index * inputStride] }
    }
}

/// Calls `body` with every row of a tensor, the row of a layout of the same shape, counted from
/// `start`, and the strides of both.
func forEachRowPair(
    _ source: Tensor, _ start: UnsafeMutablePointer<Float>, _ layout: Layout,
    _ body: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int, Int) -> Void
) {
    let walk = RowWalk([source.layout, layout])
    guard walk.width > 0 else { return }
    source.readingStorage { input in
        for row in 0..<walk.rows {
            body(
                input + walk.start(of: row, in: 0), walk.strides[0],
                start + walk.start(of: row, in: 1), walk.strides[1], walk.width)
        }
    }
}
