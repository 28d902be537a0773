import Foundation

/// The text of an array as NumPy prints it (`print(x)` with its default options): nested brackets without
/// commas, lines of at most 75 characters, and of more than 1,000 elements only the first and last three
/// along each axis.
struct ArrayText {
    private static let wholeLimit = 1_000
    private static let edge = 3
    private static let lineWidth = 75

    private let shape: [Int]
    private let isSummarized: Bool

    init(shape: [Int]) {
        self.shape = shape
        isSummarized = shape.reduce(1, *) > Self.wholeLimit
    }

    /// The numbers, in row-major order, of the elements that are shown.
    var shownElements: [Int] {
        var numbers = [0]
        for length in shape {
            let places = places(of: length).compactMap { $0 }
            numbers = numbers.flatMap { number in places.map { number * length + $0 } }
        }
        return numbers
    }

    /// - Parameter word: the text of an element by its number in row-major order, all of one width.
    func text(_ word: (Int) -> String) -> String {
        if shape.contains(0) { return "[]" }
        return text(axis: 0, number: 0, indent: " ", width: Self.lineWidth, word)
    }

    /// Positions that are shown of an axis; `nil` stands for those that are left out.
    private func places(of length: Int) -> [Int?] {
        guard isSummarized, length > 2 * Self.edge else { return Array(0..<length) }
        return Array(0..<Self.edge) + [nil] + Array(length - Self.edge..<length)
    }

    private func text(
        axis: Int, number: Int, indent: String, width: Int, _ word: (Int) -> String
    ) -> String {
        guard axis < shape.count else { return word(number) }
        let parts = places(of: shape[axis]).map { place in
            place.map {
                text(
                    axis: axis + 1, number: number * shape[axis] + $0, indent: indent + " ",
                    width: width - 1, word)
            } ?? "..."
        }
        if axis == shape.count - 1 {
            return "[" + row(parts, indent: indent, width: width - 1) + "]"
        }
        let separator = String(repeating: "\n", count: shape.count - axis - 1) + indent
        return "[" + parts.joined(separator: separator) + "]"
    }

    /// Words beside each other, on as many lines as they need.
    private func row(_ words: [String], indent: String, width: Int) -> String {
        var (lines, line) = ([String](), indent)
        for (position, word) in words.enumerated() {
            if line.count + word.count > width, line.count > indent.count {
                while line.last == " " { line.removeLast() }
                lines.append(line)
                line = indent
            }
            line += word + (position < words.count - 1 ? " " : "")
        }
        return String((lines + [line]).joined(separator: "\n").dropFirst(indent.count))
    }
}

/// One format for all numbers of an array, so that their points stand below each other: NumPy's `maxprec`
/// with eight digits behind the point.
struct FloatWords {
    private var hasExponents = false
    /// Characters before the point, and behind it.
    private var (before, behind) = (0, 0)
    private var exponentDigits = 0

    init(_ shown: [Float]) {
        let finite = shown.filter(\.isFinite)
        let sizes = finite.filter { $0 != 0 }.map { Swift.abs($0) }
        if let largest = sizes.max(), let smallest = sizes.min() {
            hasExponents = largest >= 1e6 || smallest < 1e-4 || largest / smallest > 1_000
        }
        for value in finite {
            let digits = ShortestDigits(value)
            let (whole, fraction) = hasExponents ? digits.mantissa : digits.positional
            before = Swift.max(before, whole.count)
            behind = Swift.max(behind, fraction.count)
            exponentDigits = Swift.max(exponentDigits, digits.exponent.count - 1)
        }
        if finite.count < shown.count {
            let room = (hasExponents ? exponentDigits + 2 + behind : behind) + 1
            let longest = shown.contains(-.infinity) ? 4 : 3
            before = Swift.max(before, longest - room)
        }
    }

    /// A number by itself: `3.0`, `0.1`, `1e-05`.
    static func scalar(_ value: Float) -> String {
        guard value.isFinite else { return "\(value)" }
        let (size, digits) = (Double(value.magnitude), ShortestDigits(value))
        if size == 0 || (size >= 1e-4 && size < 1e6) {
            let (whole, fraction) = digits.positional
            return whole + "." + (fraction.isEmpty ? "0" : fraction)
        }
        let (whole, fraction) = digits.mantissa
        return whole + (fraction.isEmpty ? "" : ".") + fraction + "e" + digits.exponent
    }

    func callAsFunction(_ value: Float) -> String {
        let suffix = hasExponents ? exponentDigits + 2 : 0
        guard value.isFinite else {
            let name = value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
            return padded(name, to: before + 1 + behind + suffix)
        }
        let digits = ShortestDigits(value)
        let (whole, fraction) = hasExponents ? digits.mantissa : digits.positional
        // Behind a mantissa zeros fill the room, behind other numbers spaces.
        let filler = String(repeating: hasExponents ? "0" : " ", count: behind - fraction.count)
        let number = padded(whole, to: before) + "." + fraction + filler
        guard hasExponents else { return number }
        let power = digits.exponent
        let zeros = String(repeating: "0", count: exponentDigits + 1 - power.count)
        return number + "e" + power.prefix(1) + zeros + power.dropFirst()
    }
}

private func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - text.count)) + text
}

/// The fewest decimal digits that name a float.
private struct ShortestDigits {
    private let sign: String
    /// Without zeros at either end; empty for 0.
    private let digits: String
    /// How many of the digits stand before the point.
    private let point: Int
    private let value: Float

    init(_ value: Float) {
        self.value = value
        sign = value.sign == .minus ? "-" : ""
        let parts = "\(value.magnitude)".split(separator: "e")
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let all = number[0] + (number.count > 1 ? number[1] : "")
        let zeros = all.prefix { $0 == "0" }.count
        var kept = String(all.dropFirst(zeros))
        while kept.last == "0" { kept.removeLast() }
        digits = kept
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        point = kept.isEmpty ? 1 : number[0].count - zeros + exponent
    }

    /// The digits before and behind the point, of these at most eight.
    var positional: (whole: String, fraction: String) {
        if digits.count - point > 8 {
            let rounded = String(format: "%.8f", Double(value.magnitude)).split(separator: ".")
            var fraction = String(rounded[1])
            while fraction.last == "0" { fraction.removeLast() }
            return (sign + rounded[0], fraction)
        }
        if digits.isEmpty { return (sign + "0", "") }
        if point <= 0 { return (sign + "0", String(repeating: "0", count: -point) + digits) }
        let whole = digits.prefix(point)
        let zeros = String(repeating: "0", count: point - whole.count)
        return (sign + whole + zeros, String(digits.dropFirst(point)))
    }

    /// One digit before the point and those behind it.
    var mantissa: (whole: String, fraction: String) {
        (sign + (digits.isEmpty ? "0" : digits.prefix(1)), String(digits.dropFirst()))
    }

    /// The power of ten that goes with the mantissa, with its sign and at least two digits.
    var exponent: String {
        let power = digits.isEmpty ? 0 : point - 1
        return (power < 0 ? "-" : "+") + (Swift.abs(power) < 10 ? "0" : "") + "\(Swift.abs(power))"
    }
}
