import Foundation

/// Numbers for people.
package enum Amount {
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

    /// `1,234,567` or `1.898`.
    package static func number(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else {
            return String(format: "%.4g", value)
        }
        return count(Int(value))
    }

    /// `1,234,567`
    package static func count(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `1 document` or `2,000 documents`.
    package static func count(_ value: Int, _ thing: String) -> String {
        "\(count(value)) \(thing)\(value == 1 ? "" : "s")"
    }

    /// `validation loss` for `validationLoss`.
    package static func words(_ name: String) -> String {
        name.map { $0.isUppercase ? " " + $0.lowercased() : String($0) }.joined()
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
}
