import Foundation

/// The loss of a training as a picture: every step, their running mean, and the validations.
struct LossCurve {
    let rows: [Metrics.Row]
    let title: String

    private static let (width, height) = (860.0, 480.0)
    private static let (left, right, top, bottom) = (72.0, 836.0, 56.0, 418.0)

    /// A self-contained SVG document that follows the viewer's light or dark colours.
    var svg: String {
        let horizontal = Axis(covering: 0...Double(max(rows.last?.step ?? 1, 1)), isExact: true)
        let values = rows.flatMap { [$0.loss, $0.validationLoss].compactMap { $0 } }
            .map(Double.init)
        let vertical = Axis(covering: (values.min() ?? 0)...(values.max() ?? 1), isExact: false)
        let plot = Plot(
            x: { Self.left + (Self.right - Self.left) * horizontal.position($0) },
            y: { Self.bottom - (Self.bottom - Self.top) * vertical.position($0) })
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            width="\(Int(Self.width))" height="\(Int(Self.height))" role="img">
            <title>\(Self.escaped(title))</title>
            \(Self.style)
            <rect class="paper" width="100%" height="100%"/>
            <text class="title" x="\(Int(Self.left))" y="30">\(Self.escaped(title))</text>
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
        text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f }
        .title { font-size: 16px; font-weight: 600 }
        .paper { fill: #ffffff }
        .grid { stroke: #d8dee4; stroke-width: 1 }
        .axis { stroke: #6e7781; stroke-width: 1 }
        .raw, .mean { fill: none; stroke-linejoin: round }
        .raw { stroke: #a5cdf7; stroke-width: 1 }
        .mean { stroke: #0969da; stroke-width: 2 }
        .link { fill: none; stroke: #bc4c00; stroke-width: 1; stroke-dasharray: 4 3 }
        .dot { fill: #bc4c00; stroke: #ffffff; stroke-width: 1.5 }
        .value { fill: #bc4c00; font-weight: 600; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .paper { fill: #0d1117 }
        .grid { stroke: #2a313a }
        .axis { stroke: #8b949e }
        .raw { stroke: #234a78 }
        .mean { stroke: #58a6ff }
        .link { stroke: #ffa657 }
        .dot { fill: #ffa657; stroke: #0d1117 }
        .value { fill: #ffa657; stroke: #0d1117 }
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
            "<text text-anchor=\"middle\" transform=\"translate(22 \(middle)) rotate(-90)\">loss, nats per character</text>"
        )
        return parts.joined(separator: "\n")
    }

    private func curves(_ plot: Plot) -> String {
        let losses = rows.map { (step: $0.step, value: Double($0.loss)) }
        let validations = rows.compactMap { row in
            row.validationLoss.map { (step: row.step, value: Double($0)) }
        }
        var parts = [
            "<polyline class=\"raw\" points=\"\(plot.points(Self.thinned(losses)))\"/>",
            "<polyline class=\"mean\" points=\"\(plot.points(Self.thinned(Self.smoothed(losses))))\"/>",
            "<polyline class=\"link\" points=\"\(plot.points(validations))\"/>",
        ]
        for (step, value) in validations {
            let place = String(
                format: "cx=\"%.1f\" cy=\"%.1f\"", plot.x(Double(step)), plot.y(value))
            parts.append(
                "<circle class=\"dot\" r=\"4.5\" \(place)><title>step \(step): \(value)</title></circle>"
            )
        }
        if let last = validations.last {
            let (x, y) = (plot.x(Double(last.step)), plot.y(last.value))
            let label = String(format: "%.3f", last.value)
            parts.append(text(label, x, y - 12, anchor: "end", style: "value"))
        }
        return parts.joined(separator: "\n")
    }

    private var legend: String {
        let (x, y) = (Self.right - 190, Self.top + 14)
        return [
            line("raw", x, y, x + 26, y), text("training, each step", x + 34, y + 4.5),
            line("mean", x, y + 22, x + 26, y + 22),
            text("training, running mean", x + 34, y + 26.5),
            line("link", x, y + 44, x + 26, y + 44),
            "<circle class=\"dot\" r=\"4.5\" cx=\"\(x + 13)\" cy=\"\(y + 44)\"/>",
            text("validation", x + 34, y + 48.5),
        ].joined(separator: "\n")
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
        return "<text\(name) \(place) text-anchor=\"\(anchor)\">\(Self.escaped(content))</text>"
    }

    /// The mean of about a fiftieth of the training around each step. Towards both ends the window
    /// narrows: a mean of past steps alone would lag behind a falling loss.
    static func smoothed(_ losses: [(step: Int, value: Double)]) -> [(step: Int, value: Double)] {
        var sums = [0.0]
        for loss in losses { sums.append(sums[sums.count - 1] + loss.value) }
        let widest = max(1, losses.count / 100)
        return losses.indices.map { index in
            let half = min(widest, index, losses.count - 1 - index)
            let (first, end) = (index - half, index + half + 1)
            return (losses[index].step, (sums[end] - sums[first]) / Double(end - first))
        }
    }

    /// At most two points for each column of the picture: the lowest and the highest of its steps,
    /// so that no peak is lost.
    static func thinned(_ losses: [(step: Int, value: Double)]) -> [(step: Int, value: Double)] {
        let size = losses.count / Int(width) + 1
        guard size > 2 else { return losses }
        return stride(from: 0, to: losses.count, by: size).flatMap { start in
            let part = losses[start..<min(start + size, losses.count)]
            let ends = [part.min { $0.value < $1.value }, part.max { $0.value < $1.value }]
            return ends.compactMap { $0 }.sorted { $0.step < $1.step }
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML has no way to write other control characters.
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// A range of numbers with round ones marked in it.
struct Axis {
    let lowest: Double
    let highest: Double
    let ticks: [Double]
    private let decimals: Int

    /// - Parameter isExact: whether the axis ends where the range does; else at the next tick.
    init(covering range: ClosedRange<Double>, isExact: Bool) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if high - low <= 1e-9 * max(1, abs(high)) { (low, high) = (low - 0.5, high + 0.5) }
        let rough = (high - low) / 6
        let magnitude = pow(10, log10(rough).rounded(.down))
        let factor = [1, 2, 5].first { $0 * magnitude >= rough } ?? 10
        let interval = factor * magnitude
        lowest = isExact ? low : (low / interval).rounded(.down) * interval
        highest = isExact ? high : (high / interval).rounded(.up) * interval
        let first = Int((lowest / interval).rounded(.up))
        let last = Int((highest / interval + 1e-9).rounded(.down))
        ticks = first <= last ? (first...last).map { Double($0) * interval } : []
        decimals = max(0, -Int(log10(interval).rounded(.down)))
    }

    /// 0 at the low end, 1 at the high end.
    func position(_ value: Double) -> Double { (value - lowest) / (highest - lowest) }

    /// The number with as many decimals as the ticks need.
    func label(_ value: Double) -> String { String(format: "%.\(decimals)f", value) }
}
