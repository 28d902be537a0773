import CMiniKernels
import COpenBLAS
import Synchronization

/// Matrix products by our own kernel, where it beats the installed BLAS.
///
/// OpenBLAS reaches nine tenths of what a processor can do in one large product. We do better where a
/// model needs something else: the right factor packed once for all threads, what follows the product
/// (bias, activation) done while a few rows are in the cache, products so small that calling BLAS
/// costs more than the arithmetic, and vectors that an OpenBLAS does not use because it does not know
/// the processor or `OPENBLAS_CORETYPE` tells it so. Where neither holds it is BLAS that multiplies.
///
/// A processor with matrix units makes all but small products on those, twice as fast and as exactly
/// (`mini_matrix_units.h`).
package enum PackedProduct {
    /// Whether our kernel is at least as fast as OpenBLAS's at every size: where it has vectors of
    /// eight or sixteen.
    private static let isFasterAlways = ["avx2", "avx512"].contains(String(cString: kernels.name))

    static func isFaster(rows: Int, columns: Int, inner: Int) -> Bool { isFasterAlways }

    /// Rows of b in a block: a strip of them stays in the first cache.
    static let innerBlock = 256
    /// Rows of a that are used together.
    static let rowBlock = 64
    /// Columns whose block of b stays in the second cache while the rows go by.
    static let columnBlock = 528
    /// Floats of b that are packed before they are used, as long as that makes columns enough: they
    /// stay in the last cache.
    package static let panelSize = 3 << 19
    /// Columns of b that are packed together at least, so that rows of a are read seldom; twice as many
    /// if those rows are packed each time, as for matrix units.
    private static let narrowestPanel = 512
    /// Rows of b that are packed together at most; after each such piece c is read and written again.
    private static let deepestPanel = 4_096

    /// Packed columns of a product that is made without dividing it further.
    private static let smallPanel = 1 << 14

    /// c = a·b, or c += a·b, on this thread.
    static func run(
        rows: Int, columns: Int, inner: Int, _ a: BLAS.Matrix, _ b: BLAS.Matrix, accumulates: Bool,
        into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let strip = kernels.strip(columns: columns)
        let packedCount = (columns + strip - 1) / strip * strip * inner
        if inner <= innerBlock, packedCount <= smallPanel {
            // One block: packed and used at once, from memory that needs no lock.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: packedCount) { buffer in
                guard let packed = buffer.baseAddress else { return }
                kernels.pack_right(
                    b.pointer, b.rowStride, b.columnStride, packed, inner, columns, strip)
                kernels.multiply_packed(
                    a.pointer, a.rowStride, a.columnStride, packed, strip, accumulates ? 1 : 0, c,
                    stride, rows, columns, inner, nil)
            }
            return
        }
        run(
            rows: rows, columns: columns, inner: inner, a, b, accumulates: accumulates, into: c,
            stride: stride, on: units(rows: rows, columns: columns, inner: inner))
    }

    /// The same, on these matrix units or, without any, on vectors.
    static func run(
        rows: Int, columns: Int, inner: Int, _ a: BLAS.Matrix, _ b: BLAS.Matrix, accumulates: Bool,
        into c: UnsafeMutablePointer<Float>, stride: Int, on units: mini_matrix_units?
    ) {
        if units == nil, a.isTransposed {
            let product = BLAS.Product(
                rows: rows, columns: columns, inner: inner, a: a, b: b, beta: accumulates ? 1 : 0,
                c: c, stride: stride)
            return RowwiseWork(product, pieces: 1).multiplyAll()
        }
        forEachPanel(of: b, columns: columns, inner: inner, on: units) { panel in
            panel.pack(0..<panel.blockCount)
            panel.multiply(
                a, 0..<rows, panel.columns, accumulates: accumulates || panel.isLater, into: c,
                stride: stride)
        }
    }

    /// The matrix units, where they are faster: not for products that would fill few tiles.
    private static func units(rows: Int, columns: Int, inner: Int) -> mini_matrix_units? {
        min(rows, columns, inner) >= smallestOnUnits ? matrixUnits : nil
    }

    private static let smallestOnUnits = 32

    /// Makes products on several threads. A small b is packed by each thread for itself, a large one
    /// once, by all of them, and then used by all. Products that go the same way are made together.
    static func runInParallel(_ products: [BLAS.Product]) {
        runSeparately(products.filter { $0.columns * $0.inner <= largestPackedTwice })
        var together: [any Work] = []
        for product in products where product.columns * product.inner > largestPackedTwice {
            let units = units(product)
            if units == nil, product.a.isTransposed {
                // First, since its pieces are the largest: small ones at the end even out the threads.
                together.insert(RowwiseWork(product), at: 0)
                continue
            }
            forEachPanel(
                of: product.b, columns: product.columns, inner: product.inner, on: units
            ) { panel in
                let work = PanelWork(product, panel)
                if panel.isWhole(product) { together.append(work) } else { run([work]) }
            }
        }
        run(together)
    }

    /// Numbers of b that each thread packs for itself: that is quicker than to wait for the others and
    /// then to fetch what they packed.
    private static let largestPackedTwice = 1 << 17

    /// Every thread takes rows of the first product while there are some, then of the next.
    private static func runSeparately(_ products: [BLAS.Product]) {
        let blocks = products.map { ($0.rows + rowBlock - 1) / rowBlock }
        let total = blocks.reduce(0, +)
        let next = Atomic(0)
        WorkerPool.shared.run(min(Compute.threads, total)) { _ in
            var packed: (number: Int, panel: Panel)?
            while true {
                var block = next.add(1, ordering: .relaxed).oldValue
                guard block < total else { return }
                var number = 0
                while block >= blocks[number] {
                    block -= blocks[number]
                    number += 1
                }
                let product = products[number]
                let panel: Panel
                if let packed, packed.number == number {
                    panel = packed.panel
                } else {
                    panel = Panel(
                        product.b, columns: 0..<product.columns, inner: 0..<product.inner,
                        units(product))
                    panel.pack(0..<panel.blockCount)
                    packed = (number, panel)
                }
                let start = block * rowBlock
                panel.multiply(
                    product.a, start..<min(start + rowBlock, product.rows), panel.columns,
                    accumulates: product.beta != 0, into: product.c, stride: product.stride,
                    finish: product.finish)
            }
        }
    }

    private static func units(_ product: BLAS.Product) -> mini_matrix_units? {
        units(rows: product.rows, columns: product.columns, inner: product.inner)
    }

    /// A part of a product that is made on several threads, cut into pieces.
    protocol Work {
        /// Pieces of what has to be packed before the first product.
        var packingPieces: Int { get }
        func pack(_ piece: Int)
        /// Pieces of c.
        var pieces: Int { get }
        func multiply(_ piece: Int)
        /// Finishes what no piece could finish alone.
        func finish()
    }

    /// A panel of b, and how its packing and its products are cut into pieces: by their shape alone.
    private struct PanelWork: Work {
        let product: BLAS.Product
        let panel: Panel
        let packingPieces: Int
        private let rowPieces: Int
        private let columnPieces: Int

        init(_ product: BLAS.Product, _ panel: Panel) {
            self.product = product
            self.panel = panel
            packingPieces = min(
                panel.blockCount, max(1, panel.columns.count * panel.inner.count >> 14))
            // Several pieces, so that no thread waits long for the last, of 256 rows if there are so
            // many: each piece reads all of the panel. With few rows, columns are divided too.
            rowPieces = max(1, min(64, product.rows / 64, max(8, product.rows / 256)))
            columnPieces = rowPieces >= 16 ? 1 : max(1, min(8, panel.columns.count / 256))
        }

        var pieces: Int { rowPieces * columnPieces }

        /// Whether the rows are finished after this panel.
        private var isLast: Bool {
            panel.columns.upperBound == product.columns && panel.inner.upperBound == product.inner
        }

        func pack(_ piece: Int) {
            panel.pack(chunkRange(piece, of: packingPieces, count: panel.blockCount))
        }

        func multiply(_ piece: Int) {
            let (rowPiece, columnPiece) = piece.quotientAndRemainder(dividingBy: columnPieces)
            panel.multiply(
                product.a, chunkRange(rowPiece, of: rowPieces, count: product.rows),
                panel.columns(columnPiece, of: columnPieces),
                accumulates: product.beta != 0 || panel.isLater, into: product.c,
                stride: product.stride,
                finish: isLast && columnPieces == 1 ? product.finish : nil)
        }

        func finish() {
            if isLast, columnPieces > 1 { product.finishRows() }
        }
    }

    private static func run(_ works: [any Work]) {
        share(works, { $0.packingPieces }) { $0.pack($1) }
        share(works, { $0.pieces }) { $0.multiply($1) }
        for work in works { work.finish() }
    }

    /// Does all pieces of all works on several threads.
    private static func share(
        _ works: [any Work], _ count: (any Work) -> Int, _ body: (any Work, Int) -> Void
    ) {
        WorkerPool.shared.run(works.reduce(0) { $0 + count($1) }) { piece in
            var piece = piece
            for work in works {
                if piece < count(work) { return body(work, piece) }
                piece -= count(work)
            }
        }
    }

    /// The parts of b that are packed before they are used: many rows of as many columns as fit.
    private static func forEachPanel(
        of b: BLAS.Matrix, columns: Int, inner: Int, on units: mini_matrix_units?,
        _ body: (Panel) -> Void
    ) {
        guard columns > 0 else { return }
        let narrowest = units != nil ? 2 * narrowestPanel : narrowestPanel
        let widest = max(narrowest, panelSize / max(1, inner))
        // As many as that takes, of equal width, in whole strips.
        let strip = Panel.stripColumns(units, columns: min(columns, widest))
        let count = (columns + widest - 1) / widest
        let width = ((columns + count - 1) / count + strip - 1) / strip * strip
        for start in stride(from: 0, to: columns, by: width) {
            for row in stride(from: 0, to: inner, by: deepestPanel) {
                body(
                    Panel(
                        b, columns: start..<min(start + width, columns),
                        inner: row..<min(row + deepestPanel, inner), units))
            }
        }
    }

    /// Some columns of some rows of b, packed: for each block of the rows, strip after strip.
    private struct Panel {
        let columns: Range<Int>
        let inner: Range<Int>
        private let b: BLAS.Matrix
        private let units: mini_matrix_units?
        private let strip: Int
        private let stripCount: Int
        private let groupCount: Int
        /// Rows come in blocks and columns in strips; a block of a few strips is packed at a time.
        let blockCount: Int
        private let storage: Storage
        /// For each block 1 if the matrix units refused to pack it, or 0.
        private let refusals: Storage?

        init(
            _ b: BLAS.Matrix, columns: Range<Int>, inner: Range<Int>, _ units: mini_matrix_units?
        ) {
            self.b = b
            self.columns = columns
            self.inner = inner
            self.units = units
            strip = Self.stripColumns(units, columns: columns.count)
            stripCount = (columns.count + strip - 1) / strip
            storage = Storage(
                count: Self.packedCount(stripCount * strip, inner.count, units))
            groupCount = (stripCount + Self.stripsInGroup - 1) / Self.stripsInGroup
            blockCount = groupCount * ((inner.count + innerBlock - 1) / innerBlock)
            refusals = units == nil ? nil : Storage(count: blockCount)
        }

        /// Columns that are packed side by side.
        static func stripColumns(_ units: mini_matrix_units?, columns: Int) -> Int {
            units?.group ?? kernels.strip(columns: columns)
        }

        /// Floats that whole strips, or whole groups of rows of a, take when packed.
        private static func packedCount(
            _ lines: Int, _ depth: Int, _ units: mini_matrix_units?
        ) -> Int {
            units == nil ? lines * depth : mini_matrix_units_count(lines, depth)
        }

        /// Whether its products are added to those of the rows before.
        var isLater: Bool { inner.lowerBound > 0 }

        /// Whether it holds all of the right factor.
        func isWhole(_ product: BLAS.Product) -> Bool {
            columns.count == product.columns && inner.count == product.inner
        }

        /// Strips that are packed together.
        private static let stripsInGroup = 4

        /// Where the strip's part of a block of rows lies.
        private func place(block: Int, strip number: Int) -> UnsafeMutablePointer<Float> {
            let depth = min(innerBlock, inner.count - block * innerBlock)
            return storage.pointer
                + block * Self.packedCount(stripCount * strip, innerBlock, units)
                + Self.packedCount(number * strip, depth, units)
        }

        func pack(_ range: Range<Int>) {
            for index in range {
                let (block, group) = index.quotientAndRemainder(dividingBy: groupCount)
                let number = group * Self.stripsInGroup
                let row = inner.lowerBound + block * innerBlock
                let column = columns.lowerBound + number * strip
                let source = b.rows(from: row).columns(from: column).pointer
                let packed = place(block: block, strip: number)
                let depth = min(innerBlock, inner.upperBound - row)
                let width = min(strip * Self.stripsInGroup, columns.upperBound - column)
                guard let units, let refusals else {
                    kernels.pack_right(
                        source, b.rowStride, b.columnStride, packed, depth, width, strip)
                    continue
                }
                let isPacked = units.pack_right(
                    source, b.rowStride, b.columnStride, packed, depth, width)
                refusals.pointer[index] = isPacked != 0 ? 0 : 1
            }
        }

        /// The `piece`-th of `pieces` ranges of this panel's columns, cut between strips.
        func columns(_ piece: Int, of pieces: Int) -> Range<Int> {
            func bound(_ piece: Int) -> Int {
                min(columns.lowerBound + stripCount * piece / pieces * strip, columns.upperBound)
            }
            return bound(piece)..<bound(piece + 1)
        }

        /// The given rows and columns of c. `finish` is called with a few finished rows at a time.
        func multiply(
            _ a: BLAS.Matrix, _ rows: Range<Int>, _ range: Range<Int>, accumulates: Bool,
            into c: UnsafeMutablePointer<Float>, stride: Int, finish: ((Range<Int>) -> Void)? = nil
        ) {
            if let refusals, kernels.max(refusals.pointer, refusals.count) > 0 {
                multiplyOnVectors(a, rows, range, inner, accumulates, c, stride)
                finish?(rows)
                return
            }
            let packsLeft = units != nil || a.isTransposed
            let left =
                packsLeft
                ? Storage(
                    count: Self.packedCount(
                        rowBlock, min(inner.count, innerBlock), units)) : nil
            // What is packed on the way is wanted for as many columns as possible.
            let most = packsLeft ? 2 * columnBlock : columnBlock
            let width = most / strip * strip
            for column in Swift.stride(from: range.lowerBound, to: range.upperBound, by: width) {
                let end = min(column + width, range.upperBound)
                multiply(
                    a, rows, column..<end, packingInto: left?.pointer, accumulates: accumulates,
                    into: c, stride: stride, finish: end == range.upperBound ? finish : nil)
            }
            withExtendedLifetime(left) {}
        }

        private func multiply(
            _ a: BLAS.Matrix, _ rows: Range<Int>, _ range: Range<Int>,
            packingInto left: UnsafeMutablePointer<Float>?, accumulates: Bool,
            into c: UnsafeMutablePointer<Float>, stride: Int, finish: ((Range<Int>) -> Void)?
        ) {
            let first = (range.lowerBound - columns.lowerBound) / strip
            for k in Swift.stride(from: inner.lowerBound, to: inner.upperBound, by: innerBlock) {
                let depth = min(innerBlock, inner.upperBound - k)
                let adds: Int32 = accumulates || k > inner.lowerBound ? 1 : 0
                let right = place(block: (k - inner.lowerBound) / innerBlock, strip: first)
                for row in Swift.stride(
                    from: rows.lowerBound, to: rows.upperBound, by: rowBlock)
                {
                    let height = min(rowBlock, rows.upperBound - row)
                    let source = a.rows(from: row).columns(from: k)
                    let target = c + row * stride + range.lowerBound
                    if let left, let units {
                        let isPacked = units.pack_left(
                            source.pointer, a.rowStride, a.columnStride, left, height, depth)
                        if isPacked != 0 {
                            units.multiply(
                                left, right, adds, target, stride, height, range.count, depth)
                        } else {
                            multiplyOnVectors(
                                a, row..<(row + height), range, k..<(k + depth), adds != 0, c,
                                stride)
                        }
                    } else if let left {
                        kernels.pack_left(
                            source.pointer, a.rowStride, a.columnStride, left, height, depth)
                        kernels.multiply_packed(
                            left, 0, 0, right, strip, adds, target, stride, height, range.count,
                            depth, nil)
                    } else {
                        let next = coming(a, rows, after: row, at: k)
                        ComingBlocks.withPointer(to: next) { next in
                            kernels.multiply_packed(
                                source.pointer, a.rowStride, a.columnStride, right, strip, adds,
                                target, stride, height, range.count, depth, next)
                        }
                    }
                    if k + depth == inner.upperBound { finish?(row..<(row + height)) }
                }
            }
        }

        /// The rows of a that are used after those from `row` on: the following ones, or the first with the
        /// next block of b.
        private func coming(
            _ a: BLAS.Matrix, _ rows: Range<Int>, after row: Int, at k: Int
        ) -> ComingBlocks? {
            let isLast = row + rowBlock >= rows.upperBound
            let (next, depth) = isLast ? (rows.lowerBound, k + innerBlock) : (row + rowBlock, k)
            guard depth < inner.upperBound else { return nil }
            return ComingBlocks(
                a.rows(from: next).columns(from: depth).block(
                    rows: min(rowBlock, rows.upperBound - next),
                    columns: min(innerBlock, inner.upperBound - depth)))
        }

        /// What the matrix units refuse: numbers that are infinite, too large for them, or none.
        private func multiplyOnVectors(
            _ a: BLAS.Matrix, _ rows: Range<Int>, _ range: Range<Int>, _ steps: Range<Int>,
            _ accumulates: Bool, _ c: UnsafeMutablePointer<Float>, _ stride: Int
        ) {
            PackedProduct.run(
                rows: rows.count, columns: range.count, inner: steps.count,
                a.rows(from: rows.lowerBound).columns(from: steps.lowerBound),
                b.rows(from: steps.lowerBound).columns(from: range.lowerBound),
                accumulates: accumulates, into: c + rows.lowerBound * stride + range.lowerBound,
                stride: stride, on: nil)
        }
    }
}

extension BLAS.Matrix {
    /// The distance between neighbours in a column.
    var rowStride: Int { isTransposed ? 1 : stride }
    /// The distance between neighbours in a row.
    var columnStride: Int { isTransposed ? stride : 1 }
}
