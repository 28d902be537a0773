import Foundation

/// Numbers as people read them.
public enum Figures {
    /// Three digits that matter: `0.0123`, `1.23`, `12.3`, `123`, `12,300`.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 100 { return grouped(value) }
        if size == 0 { return "0" }
        let digits = max(0, 2 - Int(log10(size).rounded(.down)))
        return String(format: "%.\(min(digits, 6))f", value)
    }

    /// A whole number in groups of three digits.
    public static func grouped(_ value: Double) -> String {
        var digits = String(format: "%.0f", abs(value))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// A share as a percentage.
    public static func percent(_ share: Double) -> String {
        share.isFinite ? String(format: share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share) : "–"
    }

    /// Seconds in the unit that fits them.
    public static func time(_ seconds: Double) -> String {
        if seconds < 1e-3 { return short(seconds * 1e6) + " µs" }
        if seconds < 1 { return short(seconds * 1e3) + " ms" }
        return short(seconds) + " s"
    }

    /// Bytes in kB, MB or GB (powers of ten).
    public static func bytes(_ bytes: Int) -> String {
        let size = Double(bytes)
        if abs(size) >= 1e9 { return short(size / 1e9) + " GB" }
        if abs(size) >= 1e6 { return short(size / 1e6) + " MB" }
        return short(size / 1e3) + " kB"
    }
}

/// Rows of text, printed as a Markdown table whose columns line up.
public struct Table: CustomStringConvertible {
    private let header: [String]
    private var rows: [[String]] = []
    private let leftAligned: Int

    /// An empty table; the first `leftAligned` columns hold words, the others figures.
    public init(_ header: [String], leftAligned: Int = 1) {
        self.header = header
        self.leftAligned = leftAligned
    }

    /// Adds a row.
    ///
    /// - Precondition: it has as many cells as the header.
    public mutating func add(_ row: [String]) {
        precondition(
            row.count == header.count,
            "A row of \(row.count) cells does not fit a table of \(header.count) columns.")
        rows.append(row)
    }

    /// The whole table.
    public var description: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column -> String in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < leftAligned ? cells[column] + space : space + cells[column]
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = header.indices.map { column -> String in
            let dashes = String(repeating: "-", count: widths[column] + 1)
            return column < leftAligned ? ":" + dashes : dashes + ":"
        }
        return ([line(header), "|" + rule.joined(separator: "|") + "|"] + rows.map(line))
            .joined(separator: "\n")
    }
}
