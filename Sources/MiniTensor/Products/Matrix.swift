import CMiniKernels

/// A matrix in memory: element (i, j) is at `i·stride + j`, or at `j·stride + i` if transposed.
///
/// A view, good while somebody keeps the memory; an `Operand` does.
struct Matrix {
    let pointer: UnsafePointer<Float>
    let stride: Int
    var isTransposed = false

    /// The same matrix from row `row` on.
    func rows(from row: Int) -> Matrix {
        Matrix(
            pointer: pointer + (isTransposed ? row : row * stride), stride: stride,
            isTransposed: isTransposed)
    }

    /// The same matrix from column `column` on.
    func columns(from column: Int) -> Matrix {
        Matrix(
            pointer: pointer + (isTransposed ? column * stride : column), stride: stride,
            isTransposed: isTransposed)
    }

    /// Rows for columns.
    var transposed: Matrix {
        Matrix(pointer: pointer, stride: stride, isTransposed: !isTransposed)
    }

    /// The distance between neighbours in a column.
    var rowStride: Int { isTransposed ? 1 : stride }
    /// The distance between neighbours in a row.
    var columnStride: Int { isTransposed ? stride : 1 }
}

/// A factor of a product, or its result, with the memory it lies in: that stays as long as the operand.
struct Operand {
    let matrix: Matrix
    let storage: Storage

    /// Rows for columns.
    var transposed: Operand { Operand(matrix: matrix.transposed, storage: storage) }
}

extension Tensor {
    /// A contiguous tensor as a matrix of rows of `width` numbers, from row `first` on.
    func rows(of width: Int, from first: Int = 0) -> Operand {
        Operand(
            matrix: Matrix(pointer: pointer + first * width, stride: Swift.max(1, width)),
            storage: storage)
    }

    /// A tensor of two axes as a matrix, copied only where products cannot read it as it lies.
    func matrix() -> Operand {
        let (source, stride, isTransposed) = matrices()
        return Operand(
            matrix: Matrix(pointer: source.pointer, stride: stride, isTransposed: isTransposed),
            storage: source.storage)
    }

    /// The last two axes as products can take them, and the axes before them; copies only when neither
    /// axis has its elements side by side.
    func matrices() -> (source: Tensor, rowStride: Int, isTransposed: Bool) {
        let (rows, columns) = (layout.shape[rank - 2], layout.shape[rank - 1])
        let (rowStride, columnStride) = (layout.strides[rank - 2], layout.strides[rank - 1])
        if columnStride == 1 || columns == 1, rows == 1 || rowStride >= Swift.max(1, columns) {
            return (self, rows == 1 ? Swift.max(1, columns) : rowStride, false)
        }
        if rowStride == 1 || rows == 1, columns == 1 || columnStride >= Swift.max(1, rows) {
            return (self, columns == 1 ? Swift.max(1, rows) : columnStride, true)
        }
        let source = copied()
        return (source, Swift.max(1, columns), false)
    }
}
