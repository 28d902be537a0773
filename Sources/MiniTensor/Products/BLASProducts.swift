import COpenBLAS

/// Products by `cblas_sgemm` and `cblas_sgemv`, on the thread that calls.
enum BLASProducts {
    /// Makes a product: by `cblas_sgemv` if one of its factors is a vector.
    static func multiply(_ product: Product) {
        guard !product.isTrivial else { return product.makeTrivial() }
        if product.rows == 1 || product.columns == 1 { return multiplyVector(product) }
        OpenBLAS.staySingleThreaded()
        let (a, b) = (product.a, product.b)
        cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            b.isTransposed ? CblasTrans : CblasNoTrans, OpenBLAS.extent(product.rows),
            OpenBLAS.extent(product.columns), OpenBLAS.extent(product.inner), 1, a.pointer,
            OpenBLAS.extent(a.stride), b.pointer, OpenBLAS.extent(b.stride),
            product.accumulates ? 1 : 0, product.c, OpenBLAS.extent(product.stride))
    }

    /// Makes a product of one row or one column: a matrix times a vector.
    private static func multiplyVector(_ product: Product) {
        let (a, b) = (product.a, product.b)
        if product.columns == 1 {
            multiply(
                a, rows: product.rows, inner: product.inner, by: b.pointer, xStride: b.rowStride,
                accumulates: product.accumulates, into: product.c, yStride: product.stride)
        } else {
            multiply(
                b.transposed, rows: product.columns, inner: product.inner, by: a.pointer,
                xStride: a.columnStride, accumulates: product.accumulates, into: product.c,
                yStride: 1)
        }
    }

    /// y = a·x, or y += a·x.
    private static func multiply(
        _ a: Matrix, rows: Int, inner: Int, by x: UnsafePointer<Float>, xStride: Int,
        accumulates: Bool, into y: UnsafeMutablePointer<Float>, yStride: Int
    ) {
        OpenBLAS.staySingleThreaded()
        // BLAS may multiply what lies in y by a beta of 0; that is wrong if it is not a number.
        if !accumulates { for row in 0..<rows { y[row * yStride] = 0 } }
        cblas_sgemv(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            OpenBLAS.extent(a.isTransposed ? inner : rows),
            OpenBLAS.extent(a.isTransposed ? rows : inner), 1, a.pointer,
            OpenBLAS.extent(a.stride), x, OpenBLAS.extent(xStride), accumulates ? 1 : 0, y,
            OpenBLAS.extent(yStride))
    }
}
