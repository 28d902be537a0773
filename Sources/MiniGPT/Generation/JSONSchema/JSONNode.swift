/// A JSON value whose objects keep their order, with its own text.
package indirect enum JSONNode: Sendable {
    case object([(key: String, value: JSONNode)])
    case array([JSONNode])
    case string(String)
    /// As it is spelled.
    case number(String)
    case boolean(Bool)
    case null

    /// Reads a whole text.
    init(_ text: String) throws(GrammarError) {
        guard text.utf8.count <= GrammarLimits.textBytes else {
            throw .tooLarge("bytes", limit: GrammarLimits.textBytes)
        }
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes)
        do {
            self = try JSONNode(&reader, bytes)
            try reader.end()
        } catch {
            let line = bytes.prefix(error.position).count { $0 == 0x0A } + 1
            throw .schema(path: "line \(line)", problem: error.problem)
        }
    }

    /// Reads a whole text that came from somewhere.
    ///
    /// - Throws: what is wrong, as the end of a sentence: "ends inside a string".
    package init(strict bytes: [UInt8]) throws(JSONProblem) {
        var reader = JSONReader(bytes)
        do {
            self = try JSONNode(&reader, bytes)
            try reader.end()
        } catch {
            throw JSONProblem(position: error.position, problem: error.problem)
        }
    }

    private init(
        _ reader: inout JSONReader, _ bytes: [UInt8]
    ) throws(JSONReader.Failure) {
        switch reader.peek() {
        case UInt8(ascii: "{"):
            var members: [(key: String, value: JSONNode)] = []
            try reader.object { (reader, key) throws(JSONReader.Failure) in
                members.append((key, try JSONNode(&reader, bytes)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONNode] = []
            try reader.array { (reader) throws(JSONReader.Failure) in
                elements.append(try JSONNode(&reader, bytes))
            }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try reader.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean(try reader.boolean())
        case UInt8(ascii: "n"):
            guard reader.takeWord("null") else { throw reader.failure("is not JSON") }
            self = .null
        default:
            let start = reader.position
            _ = try reader.number()
            self = .number(String(decoding: bytes[start..<reader.position], as: UTF8.self))
        }
    }

    package subscript(key: String) -> JSONNode? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// A whole number from 0 up.
    var count: Int? {
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

/// What is wrong with a JSON text, and where.
package struct JSONProblem: Error, Sendable {
    /// The byte where it was noticed.
    package let position: Int
    /// As the end of a sentence.
    package let problem: String
}
