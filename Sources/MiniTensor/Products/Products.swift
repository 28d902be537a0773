import CMiniKernels

/// Matrix products as a task wants them: by whom, and in which pieces.
///
/// An operation asks for `Products.current` on the thread that calls it, and hands it to the threads that
/// help, which do not see the settings of a task.
struct Products: Sendable {
    let engine: ProductEngine
    let tuning: Tuning.Products

    /// Products as the task that asks wants them.
    static var current: Products {
        Products(engine: Compute.products, tuning: Tuning.current.products)
    }

    /// Whether our kernels were measured to be as fast as OpenBLAS's at every size.
    private static let hasFastKernels = ["avx2", "avx512"].contains(String(cString: kernels.name))

    /// Whether our kernels multiply matrices by matrices.
    var isPacked: Bool { engine == .automatic ? Self.hasFastKernels : engine == .own }

    /// Whether BLAS multiplies matrices by vectors: it reads a matrix once, which packing does not.
    private var hasBLASVectors: Bool { engine != .own }

    private var packed: PackedProducts { PackedProducts(tuning: tuning) }

    // MARK: On this thread

    /// Makes a product on this thread.
    func multiply(_ product: Product) {
        guard !product.isTrivial else { return product.makeTrivial() }
        let isVector = product.rows == 1 || product.columns == 1
        if isPacked, !(isVector && hasBLASVectors) {
            packed.multiply(product)
        } else {
            BLASProducts.multiply(product)
        }
    }

    // MARK: On several threads

    /// Makes products that do not depend on each other on several threads. Together they wait for
    /// the last thread as seldom as one.
    func multiplyInParallel(_ products: [SharedProduct]) {
        withExtendedLifetime(products) {
            packed.multiplyInParallel(products.filter { isSharedPacked($0.product) })
            for product in products where !isSharedPacked(product.product) { divide(product) }
        }
    }

    /// Whether threads share it, and our own kernel makes it.
    private func isSharedPacked(_ product: Product) -> Bool {
        product.operations >= tuning.smallestShared && product.rows > 1 && product.columns > 1
            && isPacked
    }

    /// How the rows of a product are divided among threads; by the shape alone.
    private func pieces(rows: Int, operations: Int) -> Int {
        if operations < tuning.smallestShared { return 1 }
        let wanted =
            operations < tuning.smallestInFour ? 2 : operations < tuning.smallestInEight ? 4 : 8
        return max(1, min(wanted, rows / tuning.fewestRowsOfBLASPiece))
    }

    /// Each thread makes some of the rows, or some of the columns.
    private func divide(_ shared: SharedProduct) {
        let (product, finish) = (shared.product, shared.finish)
        let (rows, columns) = (product.rows, product.columns)
        let pieces = pieces(rows: rows, operations: product.operations)
        if pieces == 1, finish == nil, columns > rows {
            // Too few rows to divide: divide the columns.
            let parts = self.pieces(rows: columns, operations: product.operations)
            WorkerPool.shared.run(parts) { part in
                multiply(product.columns(chunkRange(part, of: parts, count: columns)))
            }
            return
        }
        WorkerPool.shared.run(pieces) { piece in
            let range = chunkRange(piece, of: pieces, count: rows)
            multiply(product.rows(range))
            finish?(range)
        }
    }
}
