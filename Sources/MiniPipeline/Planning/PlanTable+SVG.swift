import Foundation

extension PlanTable {
    private static let (labels, column, row, head) = (190, 190, 30, 96)

    /// The table as a picture that follows the viewer's light or dark colours; the bars are the
    /// parameters on a scale where each step to the right is ten times as many.
    public var svg: String {
        let width = Self.labels + Self.column * plans.count + 24
        let bars = Self.head + Self.row * rows.count
        let height = bars + 34 * plans.count + 76 + 20 * notes.count
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
            width="\(width)" height="\(height)" role="img">
            <title>\(Markup.escaped(titles.joined(separator: ", "))): what they take</title>
            \(Self.style)
            <rect class="paper" width="100%" height="100%"/>
            <text class="title" x="24" y="36">From your laptop to GPT-3</text>
            \(heading)
            \(cells(width: width))
            \(scale(top: bars + 20, width: width))
            \(footer(height: height))
            </svg>

            """
    }

    private static let style = """
        <style>
        text { font: 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f }
        .title { font-size: 20px; font-weight: 600 }
        .name { font-weight: 600 }
        .label, .note { fill: #57606a }
        .note { font-size: 12px }
        .cell { text-anchor: end; font-variant-numeric: tabular-nums }
        .paper { fill: #ffffff }
        .band { fill: #f6f8fa }
        .rule { stroke: #d0d7de }
        .bar { fill: #8ec0f5 }
        .own { fill: #0969da }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .label, .note { fill: #9198a1 }
        .paper { fill: #0d1117 }
        .band { fill: #161b22 }
        .rule { stroke: #3d444d }
        .bar { fill: #234a78 }
        .own { fill: #58a6ff }
        }
        </style>
        """

    /// The right end of a column.
    private func edge(_ column: Int) -> Int { Self.labels + Self.column * (column + 1) }

    private var heading: String {
        titles.enumerated().map { column, title in
            Self.text("cell name", edge(column), 76, title)
        }.joined(separator: "\n")
    }

    private func cells(width: Int) -> String {
        var parts: [String] = []
        for (index, row) in rows.enumerated() {
            let y = Self.head + Self.row * index
            if index % 2 == 0 {
                parts.append(
                    "<rect class=\"band\" x=\"12\" y=\"\(y)\" width=\"\(width - 24)\" height=\"\(Self.row)\"/>"
                )
            }
            parts.append(Self.text("label", 24, y + 20, row.name))
            for (column, cell) in row.cells.enumerated() {
                parts.append(Self.text("cell", edge(column), y + 20, cell))
            }
        }
        parts.append(
            "<line class=\"rule\" x1=\"12\" x2=\"\(width - 12)\" y1=\"\(Self.head)\" y2=\"\(Self.head)\"/>"
        )
        return parts.joined(separator: "\n")
    }

    private func footer(height: Int) -> String {
        notes.enumerated().map { index, note in
            Self.text("note", 24, height - 18 - 20 * (notes.count - 1 - index), note)
        }.joined(separator: "\n")
    }

    private func scale(top: Int, width: Int) -> String {
        let exponents = plans.map { log10(Double(max(1, $0.parameters.total))) }
        let (low, high) = ((exponents.min() ?? 0) - 1, exponents.max() ?? 1)
        let room = Double(width - Self.labels - 130)
        let bottom = top + 20 + 34 * plans.count
        var parts = [Self.text("note", 24, top + 8, "parameters")]
        for power in Int(low.rounded(.up))...max(Int(low.rounded(.up)), Int(high)) {
            let x = Self.labels + Int(room * (Double(power) - low) / max(1, high - low))
            parts.append(
                "<line class=\"rule\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(top + 14)\" y2=\"\(bottom)\"/>"
            )
            parts.append(
                Self.text("note", x - 6, top + 8, NumberText.inWords(pow(10, Double(power)))))
        }
        for (index, title) in titles.enumerated() {
            let y = top + 20 + 34 * index
            let length = max(4, room * (exponents[index] - low) / max(1, high - low))
            let style = index == 0 ? "own" : "bar"
            parts.append(Self.text("label", 24, y + 17, title))
            parts.append(
                "<rect class=\"\(style)\" x=\"\(Self.labels)\" y=\"\(y)\" width=\"\(Int(length))\" height=\"24\" rx=\"3\"/>"
            )
            let count = NumberText.inWords(Double(plans[index].parameters.total))
            parts.append(Self.text("name", Self.labels + Int(length) + 8, y + 17, count))
        }
        return parts.joined(separator: "\n")
    }

    private static func text(_ style: String, _ x: Int, _ y: Int, _ content: String) -> String {
        "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(Markup.escaped(content, inAttribute: false))</text>"
    }
}
