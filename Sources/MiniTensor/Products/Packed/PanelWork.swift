/// A panel of the right factor, and how its packing and its products are cut into pieces: by their shape
/// alone.
struct PanelWork: PackedWork {
    private let shared: SharedProduct
    private let panel: Panel
    let packingPieces: Int
    private let rowPieces: Int
    private let columnPieces: Int

    init(_ shared: SharedProduct, _ panel: Panel, _ tuning: Tuning.Products) {
        self.shared = shared
        self.panel = panel
        let (rows, columns) = (shared.product.rows, panel.columns.count)
        packingPieces = min(
            panel.blockCount, max(1, columns * panel.inner.count / tuning.packedElements))
        // Several pieces, so that no thread waits long for the last, of many rows if there are so
        // many: each piece reads all of the panel. With few rows, columns are divided too.
        rowPieces = max(
            1,
            min(
                tuning.mostRowPieces, rows / tuning.fewestRowsOfPiece,
                max(tuning.enoughRowPieces, rows / tuning.rowsOfPiece)))
        columnPieces =
            rowPieces >= 2 * tuning.enoughRowPieces
            ? 1 : max(1, min(tuning.mostColumnPieces, columns / tuning.columnsOfPiece))
    }

    var pieces: Int { rowPieces * columnPieces }

    /// Whether the rows are finished after this panel.
    private var isLast: Bool {
        panel.columns.upperBound == shared.product.columns
            && panel.inner.upperBound == shared.product.inner
    }

    func pack(_ piece: Int) {
        panel.pack(chunkRange(piece, of: packingPieces, count: panel.blockCount))
    }

    func multiply(_ piece: Int) {
        let (rowPiece, columnPiece) = piece.quotientAndRemainder(dividingBy: columnPieces)
        panel.multiply(
            chunkRange(rowPiece, of: rowPieces, count: shared.product.rows),
            panel.columns(columnPiece, of: columnPieces),
            finish: isLast && columnPieces == 1 ? shared.finish : nil)
    }

    func finish() {
        if isLast, columnPieces > 1 { shared.finishRows() }
    }
}
