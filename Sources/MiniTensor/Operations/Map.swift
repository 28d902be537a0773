import CMiniKernels

// How the vector kernels, which know only rows of neighbours, are applied to tensors of any layout.

/// Elements copied at a time when a strided row has to be gathered for a kernel.
private let gatherLength = 1024

/// A row of a tensor as a kernel wants it: neighbours in memory. Gathers a strided row piece by
/// piece into a small buffer.
private func withPackedRow(
    _ row: UnsafePointer<Float>, stride: Int, count: Int, buffer: UnsafeMutablePointer<Float>,
    _ body: (UnsafePointer<Float>) -> Void
) {
    if stride == 1 {
        body(row)
    } else {
        kernels.gather_strided(row, stride, buffer, count)
        body(buffer)
    }
}

/// `f` of every element, in a new row-major tensor.
func map(_ x: Tensor, _ f: mini_unary) -> Tensor {
    make(x.layout.shape) { output in
        if x.layout.isContiguous {
            let input = x.pointer
            forEachChunk(of: x.count) { range in
                f(input + range.lowerBound, output + range.lowerBound, range.count)
            }
            return
        }
        copy(x, to: output)
        forEachChunk(of: x.count) { range in
            f(output + range.lowerBound, output + range.lowerBound, range.count)
        }
    }
}

/// `f` of every element and one number.
func map(_ x: Tensor, _ scalar: Float, _ f: mini_scalar) -> Tensor {
    make(x.layout.shape) { output in
        var input = UnsafePointer(x.pointer)
        if !x.layout.isContiguous {
            copy(x, to: output)
            input = UnsafePointer(output)
        }
        forEachChunk(of: x.count) { range in
            f(input + range.lowerBound, scalar, output + range.lowerBound, range.count)
        }
    }
}

/// `f` of the elements of two tensors, broadcast against each other.
func combine(
    _ a: Tensor, _ b: Tensor, _ f: mini_binary, operation: StaticString
) -> Tensor {
    guard let shape = Layout.broadcastShape(a.layout.shape, b.layout.shape) else {
        preconditionFailure(
            "\(operation): the shapes \(a.shape) and \(b.shape) do not broadcast; axes must be equal or 1, counted from the last."
        )
    }
    return make(shape) { output in
        if a.layout.shape == b.layout.shape, a.layout.isContiguous, b.layout.isContiguous {
            let (first, second) = (a.pointer, b.pointer)
            forEachChunk(of: shape.product) { range in
                let start = range.lowerBound
                f(first + start, second + start, output + start, range.count)
            }
            return
        }
        guard let aLayout = a.layout.broadcast(to: shape),
            let bLayout = b.layout.broadcast(to: shape)
        else { preconditionFailure("\(shape) is the shape both broadcast to.") }
        combineRows(a.storage, aLayout, b.storage, bLayout, f, into: output)
    }
}

private func combineRows(
    _ a: Storage, _ aLayout: Layout, _ b: Storage, _ bLayout: Layout, _ f: mini_binary,
    into output: UnsafeMutablePointer<Float>
) {
    let walk = RowWalk([aLayout, bLayout, Layout(contiguous: aLayout.shape)])
    let width = walk.width
    guard width > 0 else { return }
    forEachChunk(of: walk.rows, grain: Swift.max(1, (1 << 15) / width)) { rows in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * gatherLength) { buffer in
            guard let first = buffer.baseAddress else { return }
            let second = first + gatherLength
            for row in rows {
                let aRow = a.pointer + walk.start(of: row, in: 0)
                let bRow = b.pointer + walk.start(of: row, in: 1)
                let outputRow = output + row * width
                for start in stride(from: 0, to: width, by: gatherLength) {
                    let count = Swift.min(gatherLength, width - start)
                    withPackedRow(
                        aRow + start * walk.strides[0], stride: walk.strides[0], count: count,
                        buffer: first
                    ) { x in
                        withPackedRow(
                            bRow + start * walk.strides[1], stride: walk.strides[1], count: count,
                            buffer: second
                        ) { y in f(x, y, outputRow + start, count) }
                    }
                }
            }
        }
    }
}

// MARK: - Copies

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
            forEachChunk(of: walk.count, grain: 1 + (1 << 15) / (rows * columns)) { matrices in
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
    forEachChunk(of: walk.rows, grain: Swift.max(1, (1 << 15) / walk.width)) { rows in
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

/// Adds the elements of `source` to those of `target`, a tensor of the same shape and any layout
/// whose storage the caller owns alone.
func add(_ source: Tensor, into target: Tensor) {
    if target.layout.isContiguous, source.layout.isContiguous {
        let (input, output) = (source.pointer, target.pointer)
        forEachChunk(of: source.count) { range in
            let start = range.lowerBound
            kernels.scale_add(1, input + start, 1, output + start, range.count)
        }
        return
    }
    forEachRowPair(source, target) { input, inputStride, output, outputStride, count in
        if inputStride == 1, outputStride == 1 {
            kernels.scale_add(1, input, 1, output, count)
        } else if inputStride == 1 {
            kernels.scatter_add_strided(input, output, outputStride, count)
        } else {
            for index in 0..<count { output[index * outputStride] += input[index * inputStride] }
        }
    }
}

private func forEachRowPair(
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
