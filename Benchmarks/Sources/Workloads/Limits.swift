/// Sizes from a command line that cannot be worked with.
public enum SizeError: Error, Equatable, CustomStringConvertible {
    /// One number outside its range.
    case outOfRange(name: String, value: Int, allowed: ClosedRange<Int>)
    /// Numbers that are fine alone but too much together.
    case tooLarge(name: String, limit: Int)
    /// Heads must share the width evenly.
    case widthNotDivisible(width: Int, heads: Int)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .outOfRange(let name, let value, let allowed):
            "The \(name) is \(value), but must be from \(allowed.lowerBound) to \(allowed.upperBound)."
        case .tooLarge(let name, let limit):
            "The \(name) would have more than \(limit) elements; choose smaller sizes."
        case .widthNotDivisible(let width, let heads):
            "A width of \(width) is not divisible by \(heads) heads."
        }
    }
}

/// Checks of sizes that came from a user.
public enum Limits {
    /// Elements of one tensor: 16 GiB.
    public static let elements = 1 << 32

    /// Checks that one number is in a range.
    public static func check(
        _ name: String, _ value: Int, _ allowed: ClosedRange<Int>
    ) throws(SizeError) {
        guard allowed.contains(value) else {
            throw .outOfRange(name: name, value: value, allowed: allowed)
        }
    }

    /// Checks that a tensor of these extents can be made.
    public static func check(_ name: String, shape: [Int]) throws(SizeError) {
        var count = 1
        for extent in shape {
            try check("\(name)'s extent", extent, 1...elements)
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            guard !overflows, product <= elements else {
                throw .tooLarge(name: name, limit: elements)
            }
            count = product
        }
    }
}
