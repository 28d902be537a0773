import MiniGPT
import MiniSupport

// Answers are written as literals, with their members in the order they are given.

extension JSONNode: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByNilLiteral
{
    package init(dictionaryLiteral elements: (String, JSONNode)...) {
        self = .object(JSONMembers(elements.map { (key: $0.0, value: $0.1) }))
    }

    package init(arrayLiteral elements: JSONNode...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(integerLiteral value: Int) { self = .number("\(value)") }
    package init(nilLiteral: ()) { self = .null }

    /// A whole number.
    static func integer(_ value: some BinaryInteger) -> JSONNode { .number("\(value)") }

    /// A number; JSON has none that are not finite.
    static func real(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> JSONNode {
        value.isFinite ? .number("\(value)") : .null
    }

    /// A text, or null.
    static func optional(_ value: String?) -> JSONNode { value.map { .string($0) } ?? .null }
    /// A whole number, or null.
    static func optional(_ value: Int?) -> JSONNode { value.map { .integer($0) } ?? .null }
    /// A number, or null.
    static func optional(_ value: Double?) -> JSONNode { value.map { .real($0) } ?? .null }

    /// This object with one more member; without it if there is no value.
    func with(_ key: String, _ value: JSONNode?) -> JSONNode {
        guard let value, case .object(let members) = self else { return self }
        return .object(JSONMembers(Array(members) + [(key: key, value: value)]))
    }
}
