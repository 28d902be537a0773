/// Rows of cells in columns of equal width, for a terminal.
package struct TextTable: Sendable {
    private var rows: [[String]] = []
    /// Columns that are aligned to the left; numbers are aligned to the right.
    private let leading: Set<Int>

    /// A table of rows that are there already, none unless given.
    package init(_ rows: [[String]] = [], leading: Set<Int> = [0]) {
        self.rows = rows
        self.leading = leading
    }

    /// Appends a row.
    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The rows, one line each, two spaces between columns.
    package func text(indent: String = "") -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = indent
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : "  ")
                line += leading.contains(column) ? cell + padding : padding + cell
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
