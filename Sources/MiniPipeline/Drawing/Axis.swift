import Foundation

/// A range of numbers with round ones marked in it.
package struct Axis {
    package let lowest: Double
    package let highest: Double
    package let ticks: [Double]
    private let decimals: Int

    /// - Parameter isExact: whether the axis ends where the range does; else at the next tick.
    package init(covering range: ClosedRange<Double>, isExact: Bool) {
        var (low, high) = (range.lowerBound, range.upperBound)
        // Numbers that are all the same need some room, however large they are.
        if high - low <= 1e-9 * max(1, abs(high)) {
            let room = max(0.5, abs(high) / 100)
            (low, high) = (low - room, high + room)
        }
        let rough = (high - low) / 6
        let magnitude = pow(10, log10(rough).rounded(.down))
        let factor = [1, 2, 5].first { $0 * magnitude >= rough } ?? 10
        let interval = factor * magnitude
        lowest = isExact ? low : (low / interval).rounded(.down) * interval
        highest = isExact ? high : (high / interval).rounded(.up) * interval
        let first = Int((lowest / interval).rounded(.up))
        let last = Int((highest / interval + 1e-9).rounded(.down))
        ticks = first <= last ? (first...last).map { Double($0) * interval } : []
        decimals = min(12, max(0, -Int(log10(interval).rounded(.down))))
    }

    /// 0 at the low end, 1 at the high end.
    package func position(_ value: Double) -> Double { (value - lowest) / (highest - lowest) }

    /// The number with as many decimals as the ticks need.
    package func label(_ value: Double) -> String {
        abs(value) < 1e7 ? String(format: "%.\(decimals)f", value) : String(format: "%.3g", value)
    }
}
