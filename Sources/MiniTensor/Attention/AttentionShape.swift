import CMiniKernels

/// The extents of an attention, and the products of its heads.
///
/// A head is small: its keys and values are packed once and then meet every strip of queries in the
/// cache. No call of BLAS, which would pack them again for each.
struct AttentionShape {
    let batch: Int
    /// Heads of queries.
    let heads: Int
    /// Heads of keys and values, each of which `heads / keyValueHeads` heads of queries read.
    let keyValueHeads: Int
    let queries: Int
    let keys: Int
    let width: Int
    let scale: Float
    let mask: AttentionMask
    /// Which of all probabilities, `[batch, heads, queries, keys]` in row-major order, are dropped.
    let dropout: DropoutMask?
    /// Who multiplies, also for the gradients.
    let engine = Compute.products
    /// What is added to the scores.
    var bias: AttentionBias?
    private let tuning = Tuning.current.attention

    init(
        batch: Int, heads: Int, keyValueHeads: Int, queries: Int, keys: Int, width: Int,
        scale: Float?, mask: AttentionMask, dropout: DropoutMask?
    ) {
        (self.batch, self.heads, self.keyValueHeads) = (batch, heads, keyValueHeads)
        (self.queries, self.keys, self.width) = (queries, keys, width)
        self.scale = scale ?? 1 / Float(width).squareRoot()
        self.mask = mask
        self.dropout = dropout
    }

    /// Queries in a strip.
    var strip: Int {
        guard mask != .none, queries <= tuning.shortQueries else { return tuning.strip }
        return kernels.strip_columns == 48 ? tuning.shortStripOfWideVectors : tuning.shortStrip
    }

    /// How many keys the query could look at if there were so many: below 0 where the mask hides all.
    func firstVisible(_ query: Int) -> Int {
        mask == .none ? keys : query + 1 + keys - queries
    }

    /// How many keys the query may look at, if no window hides the first of them.
    func visibleKeys(_ query: Int) -> Int {
        Swift.max(0, Swift.min(keys, firstVisible(query)))
    }

    /// How many keys lie before the window of the query.
    private func keysBeforeWindow(_ query: Int) -> Int {
        guard case .slidingWindow(let length) = mask else { return 0 }
        return Swift.max(0, visibleKeys(query) - length)
    }

    /// Whether some strips of queries may leave out keys that others see, other than the last of them.
    var leavesOutKeys: Bool { mask.window != nil || bias?.rowStride == 0 }

    /// How many keys a bias shows to the queries of a head: up to the last that is not hidden from all, such
    /// as the padding of a sequence.
    func shownKeys(_ place: HeadPlace) -> Int {
        guard let bias, bias.rowStride == 0 else { return keys }
        let row = bias.row(0, of: place)
        var count = keys
        while count > 0, row[count - 1] == -.infinity { count -= 1 }
        return count
    }

    /// The keys of a strip of queries: from a strip of the packed keys on before which its first query sees
    /// nothing, to the last that is shown.
    func visibleKeys(_ queries: Range<Int>, shown: Int, by factor: PackedFactor) -> Range<Int> {
        let visible = Swift.min(shown, visibleKeys(queries.upperBound - 1))
        let first = factor.start(of: keysBeforeWindow(queries.lowerBound))
        return Swift.min(first, visible)..<visible
    }

    /// Calls `body` for every head of every sequence, a few at a time on each thread, with the head
    /// that this thread takes next, what `body` keeps from one head to the next, and `floats` floats of
    /// scratch memory.
    func forEachHead<Kept>(
        _ order: HeadOrder, floats: Int, keeping: Kept.Type,
        _ body: (
            _ place: HeadPlace, _ next: HeadPlace?, _ kept: inout Kept?,
            _ scratch: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let together = order.together
        let operations = 4 * queries * keys * width * together
        let count = batch * heads / together
        let grain = Swift.max(
            1, tuning.operationsOfChunk / Swift.max(1, operations), count / tuning.mostChunks)
        forEachChunk(of: count, grain: grain) { range in
            let scratch = Storage(count: floats)
            var kept: Kept?
            let end = range.upperBound * together
            for position in (range.lowerBound * together)..<end {
                let next = position + 1 < end ? order.place(position + 1) : nil
                body(order.place(position), next, &kept, scratch.pointer)
            }
            withExtendedLifetime(scratch) {}
        }
    }

    /// Floats for the scores of a strip; rows are `keys` apart.
    var scoreCount: Int { Swift.min(strip, queries) * keys }

    /// How many keys each query may look at more than the one before.
    var visibleStep: Int { mask == .none ? 0 : 1 }

    /// Calls `body` for the rows of a strip: one at a time if the next head is asked for meanwhile,
    /// because no processor can wait for many rows at once.
    func forEachPart(_ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
        let some = isLarge ? 1 : Swift.max(1, rows.count)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: some) {
            body(row..<Swift.min(row + some, rows.upperBound))
        }
    }

    /// Whether the heads do not all stay in the second cache.
    private var isLarge: Bool { batch * queries * heads * width >= tuning.smallestFetched }

    /// Asks for rows of the head that comes next while this one is computed: the rows of a head are
    /// far apart, and no processor foresees them by itself. What the second cache holds anyway need
    /// not be asked for.
    func fetch(_ rows: Range<Int>, of next: HeadPlace?, _ parts: [Heads], _ shared: [Heads]) {
        guard let next, isLarge else { return }
        for part in parts {
            let head = part.head(next)
            for row in rows { mini_fetch(head + row * part.rowStride, width) }
        }
        guard next.isFirstOfGroup else { return }
        for part in shared {
            let head = part.keyValueHead(next)
            for row in rows { mini_fetch(head + row * part.rowStride, width) }
        }
    }

    /// By what scores are multiplied when softmax is taken: those with a bias have been already.
    var scaleOfSoftmax: Float { bias == nil ? scale : 1 }

    /// Adds the bias to scores of these queries, and hides what lies before their windows. Rows are `keys`
    /// apart and begin with the first of the visible keys.
    func addBias(
        _ queries: Range<Int>, of place: HeadPlace, _ rows: UnsafeMutablePointer<Float>,
        visible: Range<Int>
    ) {
        guard bias != nil || mask.window != nil else { return }
        for (row, query) in queries.enumerated() {
            let scores = rows + row * keys
            if let bias {
                let added = bias.row(query, of: place) + visible.lowerBound
                kernels.scale_add(1, added, scale, scores, visible.count)
            }
            let hidden = keysBeforeWindow(query) - visible.lowerBound
            kernels.fill(-.infinity, scores, Swift.max(0, Swift.min(hidden, visible.count)))
        }
    }

    /// Makes rows 0 of queries that see no key, because a bias of −∞ hides all.
    func clearHidden(
        _ rows: UnsafeMutablePointer<Float>, count: Int, visible: Int,
        logSumExp: UnsafePointer<Float>
    ) {
        guard bias != nil else { return }
        for row in 0..<count where logSumExp[row] == -.infinity {
            kernels.fill(0, rows + row * keys, visible)
        }
    }

    /// Drops probabilities, or their gradients, of these queries: rows `keys` apart, that begin with the
    /// first of the visible keys.
    func drop(
        _ queries: Range<Int>, of place: HeadPlace, _ rows: UnsafeMutablePointer<Float>,
        visible: Range<Int>
    ) {
        guard let dropout else { return }
        for (row, query) in queries.enumerated() {
            let numbers = rows + row * keys
            let first = (place.index * self.queries + query) * keys + visible.lowerBound
            dropout.apply(to: numbers, into: numbers, from: first, count: visible.count)
        }
    }
}

extension Heads {
    /// A head of queries.
    func matrix(_ place: HeadPlace) -> Matrix {
        Matrix(pointer: head(place), stride: rowStride)
    }

    /// The head of keys or values that a head of queries reads.
    func keyValueMatrix(_ place: HeadPlace) -> Matrix {
        Matrix(pointer: keyValueHead(place), stride: rowStride)
    }
}
