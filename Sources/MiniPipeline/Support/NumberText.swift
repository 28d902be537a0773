import Foundation
import MiniSupport

/// Numbers as people read them.
package enum NumberText {
    /// `1.5 MB`, in powers of ten as disks are sold.
    package static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["bytes", "kB", "MB", "GB", "TB"] {
            if value < 1_000 || unit == "TB" {
                return unit == "bytes" ? "\(count) bytes" : String(format: "%.1f %@", value, unit)
            }
            value /= 1_000
        }
        return "\(count) bytes"
    }

    /// A number with commas or four digits: `1,234,567` or `1.898`.
    package static func number(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else {
            return String(format: "%.4g", value)
        }
        return count(Int(value))
    }

    /// A count with commas between thousands: `1,234,567`.
    package static func count(_ value: Int) -> String { value.groupedDigits }

    /// `1 document` or `2,000 documents`.
    package static func count(_ value: Int, _ thing: String) -> String {
        "\(count(value)) \(thing)\(value == 1 ? "" : "s")"
    }

    /// `1:05`, or `2:03:04` with hours.
    package static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded())
        let (hours, minutes) = (whole / 3_600, whole / 60 % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
            : String(format: "%d:%02d", minutes, whole % 60)
    }

    // MARK: Very large and very small ones

    /// Floating-point operations with a unit: `38.5 MFLOP`, `3.14e+23 FLOP`.
    package static func operations(_ value: Double) -> String { scaled(value) + "FLOP" }

    /// A large count in words: `174.6 billion`.
    package static func inWords(_ value: Double) -> String {
        for (limit, word) in [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")]
        where value >= limit {
            return value >= 1e16 ? short(value) : "\(short(value / limit)) \(word)"
        }
        return number(value.rounded())
    }

    /// Four significant digits: `38.53`.
    package static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    /// `3,844`, or `0.012` of slow ones.
    package static func rate(_ value: Double) -> String {
        value >= 10 && value < 1e15 ? count(Int(value.rounded())) : short(value)
    }

    private static func scaled(_ value: Double) -> String {
        let units = [
            (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"),
        ]
        if value >= 1e21 { return short(value) + " " }
        for (size, letter) in units where value >= size {
            return "\(short(value / size)) \(letter)"
        }
        return short(value) + " "
    }

    /// `12 ms`, `4.2 s`, `5 min`, `3.1 hours`, `12 days`, `1,234 years`.
    package static func duration(_ seconds: Double) -> String {
        let year = 365.25 * 86_400
        switch seconds {
        case ..<1: return String(format: "%.3g ms", seconds * 1_000)
        case ..<120: return String(format: "%.3g s", seconds)
        case ..<7_200: return String(format: "%.3g minutes", seconds / 60)
        case ..<172_800: return String(format: "%.3g hours", seconds / 3_600)
        case ..<(2 * year): return String(format: "%.3g days", seconds / 86_400)
        case ..<(1e12 * year): return inWords(seconds / year) + " years"
        default: return short(seconds / year) + " years"
        }
    }
}
