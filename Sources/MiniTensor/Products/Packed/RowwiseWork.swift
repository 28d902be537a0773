import CMiniKernels

/// A product whose left factor is transposed, as that for the gradient of a weight is: c = dᵀ·x, where
/// both factors lie row after row and the rows are many.
///
/// A thread takes a piece of c and goes down the rows once. Of each block of rows it packs what the
/// piece needs, which then stays in the second cache; while it multiplies, the next block arrives.
/// So each factor is read from memory about once, and nothing that was packed is written to it. The
/// sums are the same wherever c is cut.
struct RowwiseWork: PackedWork {
    private let product: Product
    private let shared: SharedProduct?
    private let tuning: Tuning.Products
    private let rowPieces: Int
    private let columnPieces: Int
    private let strip: Int

    /// A product that threads share.
    init(_ shared: SharedProduct, pieces: Int, tuning: Tuning.Products) {
        self.init(shared.product, shared, pieces: pieces, tuning: tuning)
    }

    /// A product of one thread.
    init(_ product: Product, pieces: Int, tuning: Tuning.Products) {
        self.init(product, nil, pieces: pieces, tuning: tuning)
    }

    /// At least so many pieces, if c is large enough.
    private init(
        _ product: Product, _ shared: SharedProduct?, pieces: Int, tuning: Tuning.Products
    ) {
        self.product = product
        self.shared = shared
        self.tuning = tuning
        let (rows, columns) = (product.rows, product.columns)
        var rowPieces = (rows + tuning.rowsOfRowwisePiece - 1) / tuning.rowsOfRowwisePiece
        var columnPieces = (columns + tuning.columnBlock - 1) / tuning.columnBlock
        while rowPieces * columnPieces < pieces {
            let (height, width) = (rows / rowPieces, columns / columnPieces)
            guard max(height, width) >= tuning.smallestDivided else { break }
            if height >= width { rowPieces += 1 } else { columnPieces += 1 }
        }
        (self.rowPieces, self.columnPieces) = (rowPieces, columnPieces)
        strip = kernels.strip(columns: (columns + columnPieces - 1) / columnPieces)
    }

    var packingPieces: Int { 0 }
    func pack(_ piece: Int) {}

    var pieces: Int { rowPieces * columnPieces }

    func finish() { shared?.finishRows() }

    /// All of c, on this thread.
    func multiplyAll() {
        for piece in 0..<pieces { multiply(piece) }
    }

    func multiply(_ piece: Int) {
        let (rowPiece, columnPiece) = piece.quotientAndRemainder(dividingBy: columnPieces)
        let rows = cut(product.rows, rowPiece, of: rowPieces, by: 8)
        let columns = cut(product.columns, columnPiece, of: columnPieces, by: strip)
        guard !rows.isEmpty, !columns.isEmpty else { return }
        let a = product.a.rows(from: rows.lowerBound)
        let b = product.b.columns(from: columns.lowerBound)
        let c = product.c + rows.lowerBound * product.stride + columns.lowerBound
        let (innerBlock, rowBlock) = (tuning.innerBlock, tuning.rowBlock)
        let depth = min(innerBlock, product.inner)
        let right = Storage(count: (columns.count + strip - 1) / strip * strip * depth)
        let left = Storage(count: min(rowBlock, rows.count) * depth)
        for k in stride(from: 0, to: product.inner, by: innerBlock) {
            let depth = min(innerBlock, product.inner - k)
            kernels.pack_right(
                b.rows(from: k).pointer, b.rowStride, b.columnStride, right.pointer, depth,
                columns.count, strip)
            for row in stride(from: 0, to: rows.count, by: rowBlock) {
                let height = min(rowBlock, rows.count - row)
                kernels.pack_left(
                    a.rows(from: row).columns(from: k).pointer, a.rowStride, a.columnStride,
                    left.pointer, height, depth)
                let part = chunkRange(
                    row / rowBlock, of: (rows.count + rowBlock - 1) / rowBlock,
                    count: columns.count)
                let coming = coming(
                    a.rows(from: row), height, b.columns(from: part.lowerBound), part.count,
                    after: k)
                ComingBlocks.withPointer(to: coming) { coming in
                    kernels.multiply_packed(
                        left.pointer, 0, 0, right.pointer, strip,
                        product.accumulates || k > 0 ? 1 : 0, c + row * product.stride,
                        product.stride, height, columns.count, depth, coming)
                }
            }
        }
        // Only their addresses were used: nobody else may get this memory meanwhile.
        withExtendedLifetime((left, right)) {}
    }

    /// What of the block after the one at `k` is to be fetched: these rows and columns of c.
    private func coming(
        _ a: Matrix, _ rows: Int, _ b: Matrix, _ columns: Int, after k: Int
    ) -> ComingBlocks? {
        let next = k + tuning.innerBlock
        guard next < product.inner else { return nil }
        let depth = min(tuning.innerBlock, product.inner - next)
        return ComingBlocks(
            a.columns(from: next).block(rows: rows, columns: depth),
            b.rows(from: next).block(rows: depth, columns: columns))
    }

    /// The `piece`-th of `pieces` parts of `0..<count`, cut at multiples of `unit`.
    private func cut(_ count: Int, _ piece: Int, of pieces: Int, by unit: Int) -> Range<Int> {
        let units = chunkRange(piece, of: pieces, count: (count + unit - 1) / unit)
        return min(units.lowerBound * unit, count)..<min(units.upperBound * unit, count)
    }
}
