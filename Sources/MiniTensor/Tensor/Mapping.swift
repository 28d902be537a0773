import CMiniKernels

// How the vector kernels, which know only rows of neighbours, are applied to tensors of any layout.

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
        readingRowMajor(x, or: output) { input in
            forEachChunk(of: x.count) { range in
                f(input + range.lowerBound, output + range.lowerBound, range.count)
            }
        }
    }
}

/// `f` of every element and one number.
func map(_ x: Tensor, _ scalar: Float, _ f: mini_scalar) -> Tensor {
    make(x.layout.shape) { output in
        readingRowMajor(x, or: output) { input in
            forEachChunk(of: x.count) { range in
                f(input + range.lowerBound, scalar, output + range.lowerBound, range.count)
            }
        }
    }
}

/// `f` of every element, for what has no vector kernel.
func map(_ x: Tensor, _ f: (Float) -> Float) -> Tensor {
    make(x.layout.shape) { output in
        readingRowMajor(x, or: output) { input in
            forEachChunk(of: x.count) { range in
                for index in range { output[index] = f(input[index]) }
            }
        }
    }
}

/// Calls `body` with the elements in row-major order: where they lie or, if they lie otherwise, copied
/// to where the result will be.
private func readingRowMajor(
    _ x: Tensor, or output: UnsafeMutablePointer<Float>, _ body: (UnsafePointer<Float>) -> Void
) {
    if x.layout.isContiguous { return x.reading(body) }
    copy(x, to: output)
    body(output)
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
            reading(a, b) { a, b in
                forEachChunk(of: shape.product) { range in
                    let start = range.lowerBound
                    f(a + start, b + start, output + start, range.count)
                }
            }
            return
        }
        guard let aLayout = a.layout.broadcast(to: shape),
            let bLayout = b.layout.broadcast(to: shape)
        else { preconditionFailure("\(shape) is the shape both broadcast to.") }
        a.readingStorage { a in
            b.readingStorage { b in combineRows(a, aLayout, b, bLayout, f, into: output) }
        }
    }
}

private func combineRows(
    _ a: UnsafePointer<Float>, _ aLayout: Layout, _ b: UnsafePointer<Float>, _ bLayout: Layout,
    _ f: mini_binary, into output: UnsafeMutablePointer<Float>
) {
    let walk = RowWalk([aLayout, bLayout, Layout(contiguous: aLayout.shape)])
    let width = walk.width
    guard width > 0 else { return }
    let gatherLength = Tuning.current.passes.gathered
    forEachChunk(of: walk.rows, grain: Tuning.current.passes.rows(of: width)) { rows in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * gatherLength) { buffer in
            guard let first = buffer.baseAddress else { return }
            let second = first + gatherLength
            for row in rows {
                let aRow = a + walk.start(of: row, in: 0)
                let bRow = b + walk.start(of: row, in: 1)
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
