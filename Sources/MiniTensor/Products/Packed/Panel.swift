import CMiniKernels

/// Some columns of some rows of a right factor, packed: for each block of the rows, strip after strip.
struct Panel {
    let columns: Range<Int>
    let inner: Range<Int>
    private let product: Product
    private let units: mini_matrix_units?
    private let tuning: Tuning.Products
    private let strip: Int
    private let stripCount: Int
    private let groupCount: Int
    /// Rows come in blocks and columns in strips; a block of a few strips is packed at a time.
    let blockCount: Int
    private let storage: Storage
    /// For each block 1 if the matrix units refused to pack it, or 0.
    private let refusals: Storage?

    init(
        _ product: Product, columns: Range<Int>, inner: Range<Int>, _ units: mini_matrix_units?,
        _ tuning: Tuning.Products
    ) {
        self.product = product
        self.columns = columns
        self.inner = inner
        self.units = units
        self.tuning = tuning
        strip = Self.stripColumns(units, columns: columns.count)
        stripCount = (columns.count + strip - 1) / strip
        storage = Storage(count: Self.packedCount(stripCount * strip, inner.count, units))
        groupCount = (stripCount + tuning.stripsOfGroup - 1) / tuning.stripsOfGroup
        blockCount = groupCount * ((inner.count + tuning.innerBlock - 1) / tuning.innerBlock)
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

    /// Whether it holds all of the right factor.
    var isWhole: Bool { columns.count == product.columns && inner.count == product.inner }

    /// Whether its products are added to those of the rows before, or to what c holds anyway.
    private var accumulates: Bool { product.accumulates || inner.lowerBound > 0 }

    // MARK: Packing

    /// Where the strip's part of a block of rows lies.
    private func place(block: Int, strip number: Int) -> UnsafeMutablePointer<Float> {
        let depth = min(tuning.innerBlock, inner.count - block * tuning.innerBlock)
        return storage.pointer
            + block * Self.packedCount(stripCount * strip, tuning.innerBlock, units)
            + Self.packedCount(number * strip, depth, units)
    }

    /// Packs some of the blocks.
    func pack(_ range: Range<Int>) {
        let b = product.b
        for index in range {
            let (block, group) = index.quotientAndRemainder(dividingBy: groupCount)
            let number = group * tuning.stripsOfGroup
            let row = inner.lowerBound + block * tuning.innerBlock
            let column = columns.lowerBound + number * strip
            let source = b.rows(from: row).columns(from: column).pointer
            let packed = place(block: block, strip: number)
            let depth = min(tuning.innerBlock, inner.upperBound - row)
            let width = min(strip * tuning.stripsOfGroup, columns.upperBound - column)
            guard let units, let refusals else {
                kernels.pack_right(source, b.rowStride, b.columnStride, packed, depth, width, strip)
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

    // MARK: Products

    /// Makes the given rows and columns of the product. `finish` is called with a few finished rows at a
    /// time.
    func multiply(
        _ rows: Range<Int>, _ range: Range<Int>, finish: ((Range<Int>) -> Void)? = nil
    ) {
        if let refusals, kernels.max(refusals.pointer, refusals.count) > 0 {
            multiplyOnVectors(rows, range, inner, accumulates: accumulates)
            finish?(rows)
            return
        }
        let packsLeft = units != nil || product.a.isTransposed
        let left =
            packsLeft
            ? Storage(
                count: Self.packedCount(
                    tuning.rowBlock, min(inner.count, tuning.innerBlock), units)) : nil
        // What is packed on the way is wanted for as many columns as possible.
        let most = packsLeft ? 2 * tuning.columnBlock : tuning.columnBlock
        let width = max(strip, most / strip * strip)
        for column in Swift.stride(from: range.lowerBound, to: range.upperBound, by: width) {
            let end = min(column + width, range.upperBound)
            multiply(
                rows, column..<end, packingInto: left?.pointer,
                finish: end == range.upperBound ? finish : nil)
        }
        withExtendedLifetime(left) {}
    }

    private func multiply(
        _ rows: Range<Int>, _ range: Range<Int>,
        packingInto left: UnsafeMutablePointer<Float>?, finish: ((Range<Int>) -> Void)?
    ) {
        let (a, stride) = (product.a, product.stride)
        let (innerBlock, rowBlock) = (tuning.innerBlock, tuning.rowBlock)
        let first = (range.lowerBound - columns.lowerBound) / strip
        for k in Swift.stride(from: inner.lowerBound, to: inner.upperBound, by: innerBlock) {
            let depth = min(innerBlock, inner.upperBound - k)
            let adds: Int32 = accumulates || k > inner.lowerBound ? 1 : 0
            let right = place(block: (k - inner.lowerBound) / innerBlock, strip: first)
            for row in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: rowBlock) {
                let height = min(rowBlock, rows.upperBound - row)
                let source = a.rows(from: row).columns(from: k)
                let target = product.c + row * stride + range.lowerBound
                if let left, let units {
                    let isPacked = units.pack_left(
                        source.pointer, a.rowStride, a.columnStride, left, height, depth)
                    if isPacked != 0 {
                        units.multiply(
                            left, right, adds, target, stride, height, range.count, depth)
                    } else {
                        multiplyOnVectors(
                            row..<(row + height), range, k..<(k + depth),
                            accumulates: adds != 0)
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
        _ a: Matrix, _ rows: Range<Int>, after row: Int, at k: Int
    ) -> ComingBlocks? {
        let (innerBlock, rowBlock) = (tuning.innerBlock, tuning.rowBlock)
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
        _ rows: Range<Int>, _ range: Range<Int>, _ steps: Range<Int>,
        accumulates: Bool
    ) {
        PackedProducts(tuning: tuning).multiply(
            product.rows(rows).columns(range).inner(steps, accumulates: accumulates), on: nil)
    }
}
