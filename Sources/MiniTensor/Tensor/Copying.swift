import CMiniKernels

/// Writes the elements of `source`, in row-major order, to memory of the same count.
func copy(_ source: Tensor, to output: UnsafeMutablePointer<Float>) {
    var layout = source.layout
    if layout.isContiguous {
        let input = source.pointer
        forEachChunk(of: source.count) { range in
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
                        source.storage.pointer + walk.start(of: matrix), step,
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
            let input = source.storage.pointer + walk.start(of: row, in: 0)
            let outputRow = output + row * walk.width
            if walk.strides[0] == 1 {
                outputRow.update(from: input, count: walk.width)
            } else {
                kernels.gather_strided(input, walk.strides[0], outputRow, walk.width)
            }
        }
    }
}

/// Writes the elements of `source` over those of `target`, a tensor of the same shape and any
/// layout whose storage the caller owns alone.
func copy(_ source: Tensor, into target: Tensor) {
    if target.layout.isContiguous {
        copy(source, to: target.pointer)
        return
    }
    forEachRowPair(source, target) { input, inputStride, output, outputStride, count in
        for index in 0..<count { output[index * outputStride] = input[index * inputStride] }
    }
}

/// Calls `body` with every row of two tensors of one shape, and the strides of both.
func forEachRowPair(
    _ source: Tensor, _ target: Tensor,
    _ body: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int, Int) -> Void
) {
    let walk = RowWalk([source.layout, target.layout])
    guard walk.width > 0 else { return }
    for row in 0..<walk.rows {
        body(
            source.storage.pointer + walk.start(of: row, in: 0), walk.strides[0],
            target.storage.pointer + walk.start(of: row, in: 1), walk.strides[1], walk.width)
    }
}
