/// A JSON value as a tree: for small texts, and to build texts from.
///
/// A tree takes many times the memory of its text; `JSONReader` reads large ones without it.
package enum JSONNode: Sendable {
    case object(JSONMembers)
    case array([JSONNode])
    case string(String)
    /// As it is spelled.
    case number(String)
    case boolean(Bool)
    case null

    /// An object with its members in that order.
    package static func object(_ members: [(key: String, value: JSONNode)]) -> JSONNode {
        .object(JSONMembers(members))
    }

    /// Reads a whole text that came over the network, where no byte order mark may stand (RFC 8259,
    /// section 8.1).
    ///
    /// - Throws: what is wrong, as the end of a sentence: "ends inside a string".
    package init(strict bytes: [UInt8]) throws(JSONProblem) {
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw JSONProblem(
                file: "", entry: "document", position: 0, problem: "begins with a byte order mark")
        }
        self = try JSONReader<JSONProblem>.read(bytes) { (reader) throws(JSONProblem) in
            let node = try JSONNode(&reader)
            try reader.end()
            return node
        }
    }

    /// Reads the next value.
    package init<Failure>(_ reader: inout JSONReader<Failure>) throws(Failure) {
        switch try reader.peek() {
        case UInt8(ascii: "{"):
            var members: [(key: String, value: JSONNode)] = []
            try reader.object { (reader, key) throws(Failure) in
                members.append((key, try JSONNode(&reader)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONNode] = []
            try reader.array { (reader, _) throws(Failure) in
                elements.append(try JSONNode(&reader))
            }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try reader.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean(try reader.boolean())
        case UInt8(ascii: "n"):
            try reader.literal("null")
            self = .null
        default: self = .number(try reader.spelledNumber())
        }
    }

    /// The value of a member; `nil` if there is none of that name, or this is no object.
    package subscript(key: String) -> JSONNode? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The text, if this is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    /// True or false, if this is one of them.
    package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    /// The elements, if this is an array.
    package var array: [JSONNode]? { if case .array(let value) = self { value } else { nil } }
    /// Whether this is null.
    package var isNull: Bool { if case .null = self { true } else { false } }
    /// A whole number from 0 up, if this is one.
    package var count: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// As JSON without blanks.
    package var json: String {
        switch self {
        case .object(let members): JSONText.object(members.map { ($0.key, $0.value.json) })
        case .array(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .string(let text): JSONText.string(text)
        case .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        }
    }
}

/// The members of an object, in the order they came, found by name in constant time.
package struct JSONMembers: RandomAccessCollection, Sendable {
    /// A name and its value.
    package typealias Element = (key: String, value: JSONNode)

    private let members: [Element]
    /// Places by name, of many members; a few are found sooner by looking at each.
    private let places: [String: Int]?

    /// Members in an order. Of a name that comes twice the first is found.
    package init(_ members: [Element]) {
        self.members = members
        places =
            members.count > 8
            ? Dictionary(zip(members.map(\.key), members.indices)) { first, _ in first } : nil
    }

    package var startIndex: Int { members.startIndex }
    package var endIndex: Int { members.endIndex }
    package subscript(position: Int) -> Element { members[position] }

    /// The value of the first member of that name.
    package subscript(key: String) -> JSONNode? {
        if let places { return places[key].map { members[$0].value } }
        return members.first { $0.key == key }?.value
    }
}
