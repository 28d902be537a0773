import CMiniKernels

/// The right factor of small products, packed once by its owner and used several times, whole or a
/// part of it.
struct PackedFactor {
    /// Its rows.
    let inner: Int
    /// Its columns.
    let columns: Int

    private var strip: Int { kernels.strip(columns: columns) }

    /// The floats it takes: whole strips.
    var count: Int { (columns + strip - 1) / strip * strip * inner }

    /// Packs b, `[inner, columns]`.
    func pack(_ b: BLAS.Matrix, into packed: UnsafeMutablePointer<Float>) {
        kernels.pack_right(b.pointer, b.rowStride, b.columnStride, packed, inner, columns, strip)
    }

    /// c = a·b, or c += a·b, for the first `inner` rows or the first `columns` columns of b.
    func multiply(
        _ a: BLAS.Matrix, rows: Int, inner used: Int? = nil, columns wanted: Int? = nil,
        _ packed: UnsafePointer<Float>, accumulates: Bool = false,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let (columns, depth, strip) = (wanted ?? columns, used ?? inner, strip)
        if depth == inner {
            return kernels.multiply_packed(
                a.pointer, a.rowStride, a.columnStride, packed, strip, accumulates ? 1 : 0, c,
                stride, rows, columns, depth, nil)
        }
        // A strip holds all rows, so the next one is not where the kernel would look for it.
        for start in Swift.stride(from: 0, to: columns, by: strip) {
            kernels.multiply_packed(
                a.pointer, a.rowStride, a.columnStride, packed + start * inner, strip,
                accumulates ? 1 : 0, c + start, stride, rows, min(strip, columns - start), depth,
                nil)
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
