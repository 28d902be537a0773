import HTTPTypes
import MiniGPT
import MiniSupport

/// The members of a request's object, each read with its kind and its range checked.
///
/// A member that is null is as one that is missing. Whatever is wrong is said with the member's name.
struct Fields {
    private let members: [String: JSONNode]
    /// The names in the order they came.
    let names: [String]
    private let path: String

    /// The members of an object.
    init(_ node: JSONNode, path: String = "") throws(APIError) {
        guard case .object(let list) = node else {
            throw .parameter(path, "\(path.isEmpty ? "The body" : "'\(path)'") must be an object.")
        }
        names = list.map(\.key)
        members = Dictionary(list.map { ($0.key, $0.value) }) { first, _ in first }
        self.path = path
    }

    /// The members of a body.
    init(body: [UInt8]) throws(APIError) {
        guard !body.isEmpty else {
            throw APIError(.badRequest, "The request needs a body of JSON.", code: "invalid_json")
        }
        let node: JSONNode
        do throws(JSONProblem) {
            node = try JSONNode(strict: body)
        } catch {
            throw APIError(
                .badRequest,
                "The body is not usable JSON: it \(error.problem), at byte \(error.position).",
                code: "invalid_json")
        }
        try self.init(node)
    }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// What is there, unless it is null.
    subscript(name: String) -> JSONNode? {
        guard let node = members[name] else { return nil }
        if case .null = node { return nil }
        return node
    }

    private func wrong(_ name: String, _ node: JSONNode, _ expected: String) -> APIError {
        let text = node.json
        let shown = text.utf8.count > 60 ? String(text.prefix(60)) + "…" : text
        return .parameter(full(name), "'\(full(name))' is \(shown), but must be \(expected).")
    }

    // MARK: Values

    func string(_ name: String) throws(APIError) -> String? {
        guard let node = self[name] else { return nil }
        guard case .string(let text) = node else { throw wrong(name, node, "a text") }
        return text
    }

    func boolean(_ name: String) throws(APIError) -> Bool? {
        guard let node = self[name] else { return nil }
        guard case .boolean(let value) = node else { throw wrong(name, node, "true or false") }
        return value
    }

    /// A finite number of a range.
    func number(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let node = self[name] else { return nil }
        guard case .number(let text) = node, let value = Double(text), range.contains(value) else {
            throw wrong(
                name, node,
                "a number from \(Self.short(range.lowerBound)) to "
                    + Self.short(range.upperBound))
        }
        return value
    }

    func float(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Float? {
        try number(name, in: range).map { Float($0) }
    }

    /// A whole number of a range; `1.0` and `1e3` are whole as well.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let node = self[name] else { return nil }
        guard let value = Self.integer(node), range.contains(value) else {
            throw wrong(
                name, node, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A whole number, if it is one that can be held.
    static func integer(_ node: JSONNode) -> Int? {
        guard case .number(let text) = node else { return nil }
        if let value = Int(text) { return value }
        // Beyond 2^53 a fraction cannot be told from a whole number.
        guard let real = Double(text), real.magnitude <= 0x1p53 else { return nil }
        return Int(exactly: real)
    }

    /// A text, or a list of some.
    func strings(_ name: String, atMost count: Int) throws(APIError) -> [String]? {
        guard let node = self[name] else { return nil }
        switch node {
        case .string(let text): return [text]
        case .array(let elements) where elements.count <= count:
            var result: [String] = []
            for element in elements {
                guard case .string(let text) = element else {
                    throw wrong(name, node, "a text or a list of texts")
                }
                result.append(text)
            }
            return result
        default: throw wrong(name, node, "a text or a list of at most \(count) texts")
        }
    }

    /// A list of token ids.
    func tokens(
        _ name: String, atMost count: Int, vocabularySize: Int
    ) throws(APIError) -> [Int32]? {
        guard let node = self[name] else { return nil }
        guard case .array(let elements) = node, elements.count <= count else {
            throw wrong(name, node, "a list of at most \(count) tokens")
        }
        var result: [Int32] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let value = Self.integer(element), value >= 0, value < vocabularySize else {
                throw wrong(
                    name, element, "a list of tokens from 0 to \(vocabularySize - 1)")
            }
            result.append(Int32(value))
        }
        return result
    }

    func array(_ name: String, atMost count: Int) throws(APIError) -> [JSONNode]? {
        guard let node = self[name] else { return nil }
        guard case .array(let elements) = node, elements.count <= count else {
            throw wrong(name, node, "a list of at most \(count) elements")
        }
        return elements
    }

    func object(_ name: String) throws(APIError) -> Fields? {
        guard let node = self[name] else { return nil }
        return try Fields(node, path: full(name))
    }

    /// A value that has to be there.
    func required<Value>(_ name: String, _ value: Value?) throws(APIError) -> Value {
        guard let value else {
            throw APIError(
                .badRequest, "'\(full(name))' is missing.", parameter: full(name),
                code: "missing_required_parameter")
        }
        return value
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension Fields {
    /// No members.
    static let none = Fields()

    private init() {
        members = [:]
        names = []
        path = ""
    }
}
