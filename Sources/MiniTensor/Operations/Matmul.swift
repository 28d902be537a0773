/// The matrix product over the last two axes: `[…, n, k]` · `[…, k, m]` = `[…, n, m]`.
///
/// The axes before them broadcast. Transposed and sliced operands are read where they lie. A tensor
/// of one axis is taken as a row on the left and as a column on the right, and the result drops that
/// axis. ∂/∂a = g·bᵀ, ∂/∂b = aᵀ·g.
///
/// - Precondition: the inner extents agree.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(
        a.rank > 0 && b.rank > 0,
        "matmul needs tensors with axes, but the shapes are \(a.shape) and \(b.shape).")
    if a.rank == 1 {
        return matmul(a.expandedDimensions(axis: 0), b).squeezed(axis: b.rank == 1 ? 0 : -2)
    }
    if b.rank == 1 { return matmul(a, b.expandedDimensions(axis: 1)).squeezed(axis: -1) }
    precondition(
        a.dim(-1) == b.dim(-2),
        "matmul: the inner extents of \(a.shape) and \(b.shape) differ: \(a.dim(-1)) and \(b.dim(-2))."
    )
    // Many matrices times one: a single tall product.
    if b.rank == 2, a.rank > 2, let rows = a.flattenedRows() {
        let shape = Array(a.shape.dropLast()) + [b.dim(-1)]
        return matmul(rows, b).reshaped(shape)
    }
    return product(a, b).recorded(
        .matmul, a, { matmul($0, b.T) }, b, { matmul(a.T, $0) })
}

extension Tensor {
    /// The tensor as one matrix of all its rows, if strides can say it.
    fileprivate func flattenedRows() -> Tensor? {
        var shape: Extents = [layout.shape.dropLast().reduce(1, *)]
        shape.append(layout.shape[rank - 1])
        return layout.reshaped(to: shape) == nil ? nil : reshaped(to: shape)
    }
}

private func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (rows, inner, columns) = (a.dim(-2), a.dim(-1), b.dim(-1))
    guard
        let batch = Layout.broadcastShape(
            Extents(a.layout.shape.dropLast(2)), Extents(b.layout.shape.dropLast(2)))
    else {
        preconditionFailure(
            "matmul: the leading axes of \(a.shape) and \(b.shape) do not broadcast.")
    }
    let (first, aStride, aIsTransposed) = a.detached().expanded(
        to: Extents(batch + [rows, inner])
    ).matrices()
    let (second, bStride, bIsTransposed) = b.detached().expanded(
        to: Extents(batch + [inner, columns])
    ).matrices()
    let (aWalk, bWalk) = (MatrixWalk(first.layout), MatrixWalk(second.layout))
    func left(_ index: Int) -> Matrix {
        Matrix(
            pointer: first.storage.pointer + aWalk.start(of: index), stride: aStride,
            isTransposed: aIsTransposed)
    }
    func right(_ index: Int) -> Matrix {
        Matrix(
            pointer: second.storage.pointer + bWalk.start(of: index), stride: bStride,
            isTransposed: bIsTransposed)
    }
    let (products, count) = (Products.current, aWalk.count)
    let result = Tensor(uninitialized: Extents(batch + [rows, columns]))
    if count == 1 {
        products.multiplyInParallel([
            SharedProduct(
                rows: rows, columns: columns, inner: inner,
                Operand(matrix: left(0), storage: first.storage),
                Operand(matrix: right(0), storage: second.storage),
                into: result.rows(of: columns))
        ])
        return result
    }
    let operations = Swift.max(1, 2 * rows * columns * inner)
    let grain = Swift.max(1, products.tuning.operationsOfBatch / operations)
    withExtendedLifetime((first, second)) {
        forEachChunk(of: count, grain: grain) { range in
            for index in range {
                products.multiply(
                    Product(
                        rows: rows, columns: columns, inner: inner, a: left(index),
                        b: right(index), c: result.pointer + index * rows * columns,
                        stride: Swift.max(1, columns)))
            }
        }
    }
    return result
}
