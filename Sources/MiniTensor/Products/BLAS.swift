import CMiniKernels
import COpenBLAS

/// The one place that calls BLAS.
enum BLAS {
    /// OpenBLAS is told once to stay on the calling thread: the library divides the work itself.
    /// Two threads that call a single-threaded BLAS reach a third more than BLAS's own two threads,
    /// and calls from several tasks do not disturb each other.
    private static let isReady: Void = openblas_set_num_threads(1)

    /// A matrix in memory: element (i, j) is at `i·stride + j`, or at `j·stride + i` if transposed.
    struct Matrix {
        var pointer: UnsafePointer<Float>
        var stride: Int
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

        var transposed: Matrix {
            Matrix(pointer: pointer, stride: stride, isTransposed: !isTransposed)
        }
    }

    /// c = a·b + beta · c on this thread; a is `[rows, inner]`, b `[inner, columns]`, beta 0 or 1.
    static func gemm(
        rows: Int, columns: Int, inner: Int, _ a: Matrix, _ b: Matrix, beta: Float = 0,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        _ = isReady
        guard rows > 0, columns > 0 else { return }
        if inner == 0 {
            // Nothing is added: c stays, or becomes 0 whatever lay there (0 times NaN is NaN).
            if beta == 0 { for row in 0..<rows { kernels.fill(0, c + row * stride, columns) } }
            return
        }
        if columns == 1 {
            return gemv(
                rows: rows, inner: inner, a, b.pointer,
                xStride: b.isTransposed ? 1 : b.stride, beta: beta, into: c, yStride: stride)
        }
        if rows == 1 {
            return gemv(
                rows: columns, inner: inner, b.transposed, a.pointer,
                xStride: a.isTransposed ? a.stride : 1, beta: beta, into: c, yStride: 1)
        }
        if PackedProduct.isFaster(rows: rows, columns: columns, inner: inner) {
            return PackedProduct.run(
                rows: rows, columns: columns, inner: inner, a, b, accumulates: beta != 0, into: c,
                stride: stride)
        }
        cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            b.isTransposed ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), Int32(inner),
            1, a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), beta, c, Int32(stride))
    }

    /// y = a·x + beta · y: a matrix times a vector is read once, which `sgemv` does better.
    private static func gemv(
        rows: Int, inner: Int, _ a: Matrix, _ x: UnsafePointer<Float>, xStride: Int,
        beta: Float, into y: UnsafeMutablePointer<Float>, yStride: Int
    ) {
        // BLAS may multiply what lies in y by a beta of 0; that is wrong if it is not a number.
        if beta == 0 { for row in 0..<rows { y[row * yStride] = 0 } }
        cblas_sgemv(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            Int32(a.isTransposed ? inner : rows), Int32(a.isTransposed ? rows : inner), 1,
            a.pointer, Int32(a.stride), x, Int32(xStride), beta, y, Int32(yStride))
    }

    /// Products of fewer operations stay on one thread: where the other core's results take long to
    /// come (as on Intel's servers), a product of a million took 16 µs shared and 12 alone.
    private static let smallestShared = 2_000_000

    /// How the rows of a product are divided among threads; by the shape alone.
    ///
    /// Every piece packs all of b again, so pieces are few and tall.
    static func pieces(rows: Int, columns: Int, inner: Int) -> Int {
        let operations = 2 * rows * columns * inner
        if operations < smallestShared { return 1 }
        let wanted = operations < 200_000_000 ? 2 : operations < 4_000_000_000 ? 4 : 8
        return Swift.max(1, Swift.min(wanted, rows / 8))
    }

    /// c = a·b + beta · c; a is `[rows, inner]`, b `[inner, columns]`, beta 0 or 1.
    struct Product {
        let rows: Int
        let columns: Int
        let inner: Int
        let a: Matrix
        let b: Matrix
        var beta: Float = 0
        let c: UnsafeMutablePointer<Float>
        /// Floats from a row of c to the next.
        let stride: Int
        /// Called with each range of finished rows while they are still in the cache.
        var finish: ((Range<Int>) -> Void)?

        /// Finishes all rows on several threads, if nobody did while they were in the cache.
        func finishRows() {
            guard let finish else { return }
            forEachChunk(of: rows, grain: Swift.max(1, (1 << 15) / columns), finish)
        }

        /// Whether threads share it, and our own kernel makes it.
        var isPacked: Bool {
            2 * rows * columns * inner >= smallestShared && rows > 1 && columns > 1
                && PackedProduct.isFaster(rows: rows, columns: columns, inner: inner)
        }
    }

    /// Makes products that do not depend on each other on several threads. Together they wait for
    /// the last thread as seldom as one.
    static func multiplyInParallel(_ products: [Product]) {
        PackedProduct.runInParallel(products.filter(\.isPacked))
        for product in products where !product.isPacked { divide(product) }
    }

    /// c = a·b + beta · c on several threads. `finish` is called with each range of finished rows
    /// while they are still in the cache.
    static func parallelGemm(
        rows: Int, columns: Int, inner: Int, _ a: Matrix, _ b: Matrix, beta: Float = 0,
        into c: UnsafeMutablePointer<Float>, stride: Int,
        finish: ((Range<Int>) -> Void)? = nil
    ) {
        multiplyInParallel([
            Product(
                rows: rows, columns: columns, inner: inner, a: a, b: b, beta: beta, c: c,
                stride: stride, finish: finish)
        ])
    }

    /// Each thread makes some of the rows with BLAS, or some of the columns.
    private static func divide(_ product: Product) {
        let (rows, columns, inner) = (product.rows, product.columns, product.inner)
        let (a, b, c, stride) = (product.a, product.b, product.c, product.stride)
        let (beta, finish) = (product.beta, product.finish)
        let pieces = pieces(rows: rows, columns: columns, inner: inner)
        if pieces == 1, finish == nil, columns > rows {
            // Too few rows to divide: divide the columns.
            let parts = Self.pieces(rows: columns, columns: rows, inner: inner)
            WorkerPool.shared.run(parts) { part in
                let range = chunkRange(part, of: parts, count: columns)
                gemm(
                    rows: rows, columns: range.count, inner: inner, a,
                    b.columns(from: range.lowerBound), beta: beta, into: c + range.lowerBound,
                    stride: stride)
            }
            return
        }
        WorkerPool.shared.run(pieces) { piece in
            let range = chunkRange(piece, of: pieces, count: rows)
            gemm(
                rows: range.count, columns: columns, inner: inner, a.rows(from: range.lowerBound),
                b, beta: beta, into: c + range.lowerBound * stride, stride: stride)
            finish?(range)
        }
    }
}

extension Tensor {
    /// The last two axes as BLAS can take them, and the axes before them; copies only when neither
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
