import CMiniKernels

/// The extents of a right factor of small products, `[inner, columns]`, that is packed once and used
/// several times, whole or a part of it.
struct PackedFactor {
    let inner: Int
    let columns: Int
    /// Whether BLAS multiplies, which packs by itself: then nothing is packed here.
    private let isBLAS: Bool

    init(inner: Int, columns: Int, by engine: ProductEngine) {
        self.inner = inner
        self.columns = columns
        isBLAS = engine == .blas
    }

    /// The floats it takes: whole strips.
    var count: Int {
        let strip = kernels.strip(columns: columns)
        return isBLAS ? 0 : (columns + strip - 1) / strip * strip * inner
    }

    /// A column at or before the given one where a strip begins.
    func start(of column: Int) -> Int {
        let strip = isBLAS ? 1 : kernels.strip(columns: columns)
        return column / strip * strip
    }

    /// Packs b, whose memory has to stay as it is while the packed matrix is used.
    func pack(_ b: Matrix, into packed: UnsafeMutablePointer<Float>) -> PackedMatrix {
        if isBLAS { return PackedMatrix(inner: inner, columns: columns, form: .matrix(b)) }
        let strip = kernels.strip(columns: columns)
        kernels.pack_right(b.pointer, b.rowStride, b.columnStride, packed, inner, columns, strip)
        return PackedMatrix(inner: inner, columns: columns, form: .strips(packed, columns: strip))
    }
}

/// A right factor that is ready to be multiplied by.
struct PackedMatrix {
    /// What the kernels, or BLAS, read.
    fileprivate enum Form {
        case strips(UnsafePointer<Float>, columns: Int)
        case matrix(Matrix)
    }

    let inner: Int
    let columns: Int
    private let form: Form

    fileprivate init(inner: Int, columns: Int, form: Form) {
        self.inner = inner
        self.columns = columns
        self.form = form
    }

    /// c = a·b, or c += a·b, for a part of b: the rows `inner`, or the columns `columns`.
    ///
    /// - Parameters:
    ///   - a: begins with the first of those rows.
    ///   - columns: begin with a strip.
    ///   - c: begins with the first of those columns.
    func multiply(
        _ a: Matrix, rows: Int, inner used: Range<Int>? = nil, columns wanted: Range<Int>? = nil,
        accumulates: Bool = false, into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let (columns, depth) = (wanted ?? 0..<columns, used ?? 0..<inner)
        switch form {
        case .matrix(let b):
            BLASProducts.multiply(
                Product(
                    rows: rows, columns: columns.count, inner: depth.count, a: a,
                    b: b.rows(from: depth.lowerBound).columns(from: columns.lowerBound),
                    accumulates: accumulates, c: c, stride: stride))
        case .strips(let packed, let strip) where depth.count == inner:
            kernels.multiply_packed(
                a.pointer, a.rowStride, a.columnStride, packed + columns.lowerBound * inner, strip,
                accumulates ? 1 : 0, c, stride, rows, columns.count, inner, nil)
        case .strips(let packed, let strip):
            // A strip holds all rows, so the next one is not where the kernel would look for it.
            for start in Swift.stride(from: 0, to: columns.count, by: strip) {
                let part = packed + (columns.lowerBound + start) * inner + depth.lowerBound * strip
                kernels.multiply_packed(
                    a.pointer, a.rowStride, a.columnStride, part, strip, accumulates ? 1 : 0,
                    c + start, stride, rows, min(strip, columns.count - start), depth.count, nil)
            }
        }
    }
}

extension mini_kernels {
    /// The columns of a strip of a right factor with so many columns: narrow ones where they waste less of
    /// the last.
    package func strip(columns: Int) -> Int {
        columns <= narrow_strip_columns
            || columns > strip_columns && columns <= 2 * narrow_strip_columns
            ? narrow_strip_columns : strip_columns
    }
}
