/// A whole number that knows when it has become too large, for sizes that come from a user: plain
/// arithmetic would end the program.
package struct CheckedInteger: Sendable, ExpressibleByIntegerLiteral {
    /// The value; `nil` once a result did not fit in 64 bits.
    package let value: Int?

    package init(_ value: Int?) { self.value = value }

    package init(integerLiteral value: Int) { self.value = value }

    package static func + (a: CheckedInteger, b: CheckedInteger) -> CheckedInteger {
        combine(a, b) { $0.addingReportingOverflow($1) }
    }

    package static func * (a: CheckedInteger, b: CheckedInteger) -> CheckedInteger {
        combine(a, b) { $0.multipliedReportingOverflow(by: $1) }
    }

    private static func combine(
        _ a: CheckedInteger, _ b: CheckedInteger,
        _ operation: (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) -> CheckedInteger {
        guard let first = a.value, let second = b.value else { return CheckedInteger(nil) }
        let (result, overflow) = operation(first, second)
        return CheckedInteger(overflow ? nil : result)
    }

    /// The value, if all results fitted in 64 bits.
    ///
    /// - Parameter name: what it counts, for the sentence: "parameters".
    package func get(_ name: String) throws(PipelineError) -> Int {
        guard let value else {
            throw PipelineError(
                "The number of \(name) does not fit in 64 bits; choose smaller sizes.")
        }
        return value
    }
}
