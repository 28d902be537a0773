import Foundation

/// Numbers of a training over its steps, as a picture.
package struct Chart {
    /// One line.
    struct Line {
        /// How it is drawn, as the style sheet calls it.
        enum Style: String {
            /// Thin: every step.
            case raw
            /// Thick: the course of it.
            case mean
            /// Dashed, with a dot at each point.
            case link
        }
        let style: Style
        let name: String
        var points: [(step: Int, value: Double)]
    }

    let title: String
    /// What stands beside the vertical axis.
    let quantity: String
    let lines: [Line]

    private static let (width, height) = (860.0, 480.0)
    private static let (left, right, top, bottom) = (84.0, 836.0, 56.0, 418.0)

    /// A self-contained SVG document that follows the viewer's light or dark colours.
    var svg: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element }

    /// The same as part of a page.
    var element: String {
        let points = lines.flatMap(\.points)
        let horizontal = Axis(
            covering: 0...Double(max(points.map(\.step).max() ?? 1, 1)), isExact: true)
        let values = points.map(\.value).filter(\.isFinite)
        let vertical = Axis(covering: (values.min() ?? 0)...(values.max() ?? 1), isExact: false)
        let plot = Plot(
            x: { Self.left + (Self.right - Self.left) * horizontal.position($0) },
            y: { Self.bottom - (Self.bottom - Self.top) * vertical.position($0) })
        return """
            <svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            width="\(Int(Self.width))" height="\(Int(Self.height))" role="img">
            <title>\(Markup.escaped(title))</title>
            \(Self.style)
            <rect class="paper" width="100%" height="100%"/>
            <text class="title" x="\(Int(Self.left))" y="30">\(Markup.escaped(title))</text>
            \(axes(horizontal, vertical, plot))
            \(curves(plot))
            \(legend)
            </svg>

            """
    }

    /// From numbers to places in the picture.
    private struct Plot {
        let x: (Double) -> Double
        let y: (Double) -> Double

        func points(_ pairs: [(step: Int, value: Double)]) -> String {
            pairs.map { String(format: "%.1f,%.1f", x(Double($0.step)), y($0.value)) }
                .joined(separator: " ")
        }
    }

    // Presentation attributes would do for one colour scheme; a style sheet can ask for the other.
    private static let style = """
        <style>
        .chart text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f }
        .chart .title { font-size: 16px; font-weight: 600 }
        .chart .paper { fill: #ffffff }
        .chart .grid { stroke: #d8dee4; stroke-width: 1 }
        .chart .axis { stroke: #6e7781; stroke-width: 1 }
        .chart .raw, .chart .mean { fill: none; stroke-linejoin: round }
        .chart .raw { stroke: #a5cdf7; stroke-width: 1 }
        .chart .mean { stroke: #0969da; stroke-width: 2 }
        .chart .link { fill: none; stroke: #bc4c00; stroke-width: 1; stroke-dasharray: 4 3 }
        .chart .dot { fill: #bc4c00; stroke: #ffffff; stroke-width: 1.5 }
        .chart .value { fill: #bc4c00; font-weight: 600; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
        @media (prefers-color-scheme: dark) {
        .chart text { fill: #e6edf3 }
        .chart .paper { fill: #0d1117 }
        .chart .grid { stroke: #2a313a }
        .chart .axis { stroke: #8b949e }
        .chart .raw { stroke: #234a78 }
        .chart .mean { stroke: #58a6ff }
        .chart .link { stroke: #ffa657 }
        .chart .dot { fill: #ffa657; stroke: #0d1117 }
        .chart .value { fill: #ffa657; stroke: #0d1117 }
        }
        </style>
        """

    private func axes(_ horizontal: Axis, _ vertical: Axis, _ plot: Plot) -> String {
        var parts: [String] = []
        for tick in vertical.ticks {
            let y = plot.y(tick)
            parts.append(line("grid", Self.left, y, Self.right, y))
            parts.append(text(vertical.label(tick), Self.left - 8, y + 4.5, anchor: "end"))
        }
        for tick in horizontal.ticks {
            let x = plot.x(tick)
            parts.append(line("axis", x, Self.bottom, x, Self.bottom + 5))
            parts.append(text(horizontal.label(tick), x, Self.bottom + 20, anchor: "middle"))
        }
        parts.append(line("axis", Self.left, Self.bottom, Self.right, Self.bottom))
        parts.append(line("axis", Self.left, Self.top, Self.left, Self.bottom))
        parts.append(text("step", (Self.left + Self.right) / 2, Self.height - 16, anchor: "middle"))
        let middle = (Self.top + Self.bottom) / 2
        parts.append(
            "<text text-anchor=\"middle\" transform=\"translate(20 \(middle)) rotate(-90)\">\(Markup.escaped(quantity))</text>"
        )
        return parts.joined(separator: "\n")
    }

    private func curves(_ plot: Plot) -> String {
        var parts = lines.map { line in
            let points = line.points.filter(\.value.isFinite)
            let shown = line.style == .link ? points : Self.thinned(points)
            return "<polyline class=\"\(line.style.rawValue)\" points=\"\(plot.points(shown))\"/>"
        }
        for line in lines where line.style == .link { parts += dots(line, plot) }
        return parts.joined(separator: "\n")
    }

    /// A dot at each point, and its value beside the last.
    private func dots(_ line: Line, _ plot: Plot) -> [String] {
        let points = line.points.filter(\.value.isFinite)
        var parts = points.map { step, value in
            let place = String(
                format: "cx=\"%.1f\" cy=\"%.1f\"", plot.x(Double(step)), plot.y(value))
            return
                "<circle class=\"dot\" r=\"4.5\" \(place)><title>step \(step): \(Float(value))</title></circle>"
        }
        if let last = points.last {
            let (x, y) = (plot.x(Double(last.step)), plot.y(last.value))
            let label = String(format: "%.3f", last.value)
            parts.append(text(label, x, y - 12, anchor: "end", style: "value"))
        }
        return parts
    }

    private var legend: String {
        guard lines.count > 1 else { return "" }
        let x = Self.right - 190
        var y = Self.top + 14
        var parts: [String] = []
        for entry in lines {
            parts.append(line(entry.style.rawValue, x, y, x + 26, y))
            if entry.style == .link {
                parts.append("<circle class=\"dot\" r=\"4.5\" cx=\"\(x + 13)\" cy=\"\(y)\"/>")
            }
            parts.append(text(entry.name, x + 34, y + 4.5))
            y += 22
        }
        return parts.joined(separator: "\n")
    }

    private func line(
        _ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double
    ) -> String {
        let ends = String(
            format: "x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"", x1, y1, x2, y2)
        return "<line class=\"\(style)\" \(ends)/>"
    }

    private func text(
        _ content: String, _ x: Double, _ y: Double, anchor: String = "start", style: String? = nil
    ) -> String {
        let name = style.map { " class=\"\($0)\"" } ?? ""
        let place = String(format: "x=\"%.1f\" y=\"%.1f\"", x, y)
        return "<text\(name) \(place) text-anchor=\"\(anchor)\">\(Markup.escaped(content))</text>"
    }

    /// At most two points for each column of the picture: the lowest and the highest of its steps,
    /// so that no peak is lost.
    package static func thinned(_ points: [(step: Int, value: Double)]) -> [(
        step: Int, value: Double
    )] {
        let size = points.count / Int(width) + 1
        guard size > 2 else { return points }
        return stride(from: 0, to: points.count, by: size).flatMap { start in
            let part = points[start..<min(start + size, points.count)]
            let ends = [part.min { $0.value < $1.value }, part.max { $0.value < $1.value }]
            return ends.compactMap { $0 }.sorted { $0.step < $1.step }
        }
    }
}
