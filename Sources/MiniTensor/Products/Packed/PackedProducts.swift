import CMiniKernels
import Synchronization

/// Matrix products by our own kernels.
///
/// OpenBLAS reaches nine tenths of what a processor can do in one large product. We do better where a
/// model needs something else: the right factor packed once for all threads, what follows the product
/// (bias, activation) done while a few rows are in the cache, products so small that calling BLAS
/// costs more than the arithmetic, and vectors that an OpenBLAS does not use because it does not know
/// the processor or `OPENBLAS_CORETYPE` tells it so.
///
/// A processor with matrix units makes all but small products on those, twice as fast and as exactly
/// (`mini_matrix_units.h`).
struct PackedProducts {
    let tuning: Tuning.Products

    // MARK: On this thread

    /// Makes a product on this thread.
    func multiply(_ product: Product) {
        let strip = kernels.strip(columns: product.columns)
        let packedCount = (product.columns + strip - 1) / strip * strip * product.inner
        if product.inner <= tuning.innerBlock, packedCount <= tuning.smallPanel {
            multiplyAtOnce(product, strip: strip, packedCount: packedCount)
        } else {
            multiply(product, on: units(product))
        }
    }

    /// One block: packed and used at once, from memory that needs no lock.
    private func multiplyAtOnce(_ product: Product, strip: Int, packedCount: Int) {
        let (a, b) = (product.a, product.b)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: packedCount) { buffer in
            guard let packed = buffer.baseAddress else { return }
            kernels.pack_right(
                b.pointer, b.rowStride, b.columnStride, packed, product.inner, product.columns,
                strip)
            kernels.multiply_packed(
                a.pointer, a.rowStride, a.columnStride, packed, strip, product.accumulates ? 1 : 0,
                product.c, product.stride, product.rows, product.columns, product.inner, nil)
        }
    }

    /// The same, on these matrix units or, without any, on vectors.
    func multiply(_ product: Product, on units: mini_matrix_units?) {
        if units == nil, product.a.isTransposed {
            return RowwiseWork(product, pieces: 1, tuning: tuning).multiplyAll()
        }
        forEachPanel(of: product, on: units) { panel in
            panel.pack(0..<panel.blockCount)
            panel.multiply(0..<product.rows, panel.columns)
        }
    }

    /// The matrix units, where they are faster: not for products that would fill few tiles.
    private func units(_ product: Product) -> mini_matrix_units? {
        min(product.rows, product.columns, product.inner) >= tuning.smallestOnUnits
            ? matrixUnits : nil
    }

    // MARK: On several threads

    /// Makes products on several threads. A small b is packed by each thread for itself, a large one
    /// once, by all of them, and then used by all. Products that go the same way are made together.
    func multiplyInParallel(_ products: [SharedProduct]) {
        let isSmall = { (shared: SharedProduct) in
            shared.product.columns * shared.product.inner <= tuning.largestPackedByEach
        }
        multiplySeparately(products.filter(isSmall))
        var together: [any PackedWork] = []
        for shared in products where !isSmall(shared) {
            let units = units(shared.product)
            if units == nil, shared.product.a.isTransposed {
                // First, since its pieces are the largest: small ones at the end even out the threads.
                together.insert(
                    RowwiseWork(shared, pieces: Compute.usableThreads, tuning: tuning), at: 0)
                continue
            }
            forEachPanel(of: shared.product, on: units) { panel in
                let work = PanelWork(shared, panel, tuning)
                if panel.isWhole { together.append(work) } else { runInParallel([work]) }
            }
        }
        runInParallel(together)
    }

    /// Every thread takes rows of the first product while there are some, then of the next.
    private func multiplySeparately(_ products: [SharedProduct]) {
        let rowBlock = tuning.rowBlock
        let blocks = products.map { ($0.product.rows + rowBlock - 1) / rowBlock }
        let total = blocks.reduce(0, +)
        let next = Atomic(0)
        WorkerPool.shared.run(min(Compute.usableThreads, total)) { _ in
            var packed: (number: Int, panel: Panel)?
            while true {
                var block = next.add(1, ordering: .relaxed).oldValue
                guard block < total else { return }
                var number = 0
                while block >= blocks[number] {
                    block -= blocks[number]
                    number += 1
                }
                let product = products[number].product
                let panel: Panel
                if let packed, packed.number == number {
                    panel = packed.panel
                } else {
                    panel = Panel(
                        product, columns: 0..<product.columns, inner: 0..<product.inner,
                        units(product), tuning)
                    panel.pack(0..<panel.blockCount)
                    packed = (number, panel)
                }
                let start = block * rowBlock
                panel.multiply(
                    start..<min(start + rowBlock, product.rows), panel.columns,
                    finish: products[number].finish)
            }
        }
    }

    /// The parts of b that are packed before they are used: many rows of as many columns as fit.
    private func forEachPanel(
        of product: Product, on units: mini_matrix_units?, _ body: (Panel) -> Void
    ) {
        let (columns, inner) = (product.columns, product.inner)
        guard columns > 0 else { return }
        let narrowest = units != nil ? 2 * tuning.narrowestPanel : tuning.narrowestPanel
        let widest = max(narrowest, tuning.panelElements / max(1, inner))
        // As many as that takes, of equal width, in whole strips.
        let strip = Panel.stripColumns(units, columns: min(columns, widest))
        let count = (columns + widest - 1) / widest
        let width = ((columns + count - 1) / count + strip - 1) / strip * strip
        for start in stride(from: 0, to: columns, by: width) {
            for row in stride(from: 0, to: inner, by: tuning.deepestPanel) {
                body(
                    Panel(
                        product, columns: start..<min(start + width, columns),
                        inner: row..<min(row + tuning.deepestPanel, inner), units, tuning))
            }
        }
    }
}

// MARK: - Works

/// A part of a product that is made on several threads, cut into pieces.
protocol PackedWork {
    /// Pieces of what has to be packed before the first product.
    var packingPieces: Int { get }
    /// Packs one of them.
    func pack(_ piece: Int)
    /// Pieces of c.
    var pieces: Int { get }
    /// Makes one of them.
    func multiply(_ piece: Int)
    /// Finishes what no piece could finish alone.
    func finish()
}

/// Does works together: first all packing, then all products.
private func runInParallel(_ works: [any PackedWork]) {
    share(works, { $0.packingPieces }) { $0.pack($1) }
    share(works, { $0.pieces }) { $0.multiply($1) }
    for work in works { work.finish() }
}

/// Does all pieces of all works on several threads.
private func share(
    _ works: [any PackedWork], _ count: (any PackedWork) -> Int,
    _ body: (any PackedWork, Int) -> Void
) {
    WorkerPool.shared.run(works.reduce(0) { $0 + count($1) }) { piece in
        var piece = piece
        for work in works {
            if piece < count(work) { return body(work, piece) }
            piece -= count(work)
        }
    }
}
