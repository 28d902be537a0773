import CMiniKernels

/// c = a·b, or c += a·b: a is `[rows, inner]`, b `[inner, columns]`, c `[rows, columns]`. Views of memory
/// that somebody else keeps.
struct Product {
    let rows: Int
    let columns: Int
    let inner: Int
    let a: Matrix
    let b: Matrix
    /// Whether the product is added to c.
    var accumulates = false
    let c: UnsafeMutablePointer<Float>
    /// Floats from a row of c to the next.
    let stride: Int

    /// Additions and multiplications.
    var operations: Int { 2 * rows * columns * inner }

    /// Whether there is nothing to multiply.
    var isTrivial: Bool { rows == 0 || columns == 0 || inner == 0 }

    /// Makes it if there is nothing to multiply: c stays as it is, or becomes 0 whatever lay there (0 times
    /// NaN would be NaN).
    func makeTrivial() {
        if accumulates || columns == 0 { return }
        for row in 0..<rows { kernels.fill(0, c + row * stride, columns) }
    }

    /// The part that makes these rows of c.
    func rows(_ range: Range<Int>) -> Product {
        Product(
            rows: range.count, columns: columns, inner: inner, a: a.rows(from: range.lowerBound),
            b: b, accumulates: accumulates, c: c + range.lowerBound * stride, stride: stride)
    }

    /// The part that makes these columns of c.
    func columns(_ range: Range<Int>) -> Product {
        Product(
            rows: rows, columns: range.count, inner: inner, a: a,
            b: b.columns(from: range.lowerBound), accumulates: accumulates,
            c: c + range.lowerBound, stride: stride)
    }

    /// These inner steps of the sum alone.
    func inner(_ range: Range<Int>, accumulates: Bool) -> Product {
        Product(
            rows: rows, columns: columns, inner: range.count, a: a.columns(from: range.lowerBound),
            b: b.rows(from: range.lowerBound), accumulates: accumulates, c: c, stride: stride)
    }
}

/// A product that threads share, with the memory of its operands and what follows it.
struct SharedProduct {
    let product: Product
    /// Called with each range of finished rows while they are still in the cache.
    let finish: ((Range<Int>) -> Void)?
    private let memory: (Storage, Storage, Storage)

    /// c = a·b, or c += a·b.
    ///
    /// - Parameter finish: called with each range of finished rows while they are still in the cache.
    init(
        rows: Int, columns: Int, inner: Int, _ a: Operand, _ b: Operand, accumulates: Bool = false,
        into c: Operand, finish: ((Range<Int>) -> Void)? = nil
    ) {
        product = Product(
            rows: rows, columns: columns, inner: inner, a: a.matrix, b: b.matrix,
            accumulates: accumulates, c: UnsafeMutablePointer(mutating: c.matrix.pointer),
            stride: c.matrix.stride)
        self.finish = finish
        memory = (a.storage, b.storage, c.storage)
    }

    /// Finishes all rows on several threads, if nobody did while they were in the cache.
    func finishRows() {
        guard let finish else { return }
        forEachChunk(
            of: product.rows, grain: Tuning.current.passes.rows(of: product.columns), finish)
    }
}
