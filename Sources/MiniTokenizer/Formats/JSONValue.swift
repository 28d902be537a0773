/// A small JSON document as a tree, for the configuration parts of tokenizer files.
indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// Trees take many times the memory of their text, so only small texts become one.
    static let longestText = 256 << 10

    /// Reads a value; an object with a key twice is refused.
    init(_ scanner: inout JSONScanner, depth: Int = 0) throws(TokenizerError) {
        guard depth < TokenizerLimits.jsonDepth else {
            throw scanner.failure("Values are nested deeper than \(TokenizerLimits.jsonDepth).")
        }
        switch try scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [(key: String, value: JSONValue)] = []
            var seen = Set<String>()
            try scanner.object { scanner, key throws(TokenizerError) in
                let key = String(decoding: key, as: UTF8.self)
                guard seen.insert(key).inserted else {
                    throw scanner.failure("The key \(key.debugDescription) appears twice.")
                }
                members.append((key, try JSONValue(&scanner, depth: depth + 1)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.array { scanner, _ throws(TokenizerError) in
                elements.append(try JSONValue(&scanner, depth: depth + 1))
            }
            self = .array(elements)
        case UInt8(ascii: "\""):
            self = .string(try scanner.string { _, text in String(decoding: text, as: UTF8.self) })
        case UInt8(ascii: "t"):
            try scanner.literal("true")
            self = .bool(true)
        case UInt8(ascii: "f"):
            try scanner.literal("false")
            self = .bool(false)
        case UInt8(ascii: "n"):
            try scanner.literal("null")
            self = .null
        default:
            self = .number(try scanner.number())
        }
    }

    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    var isNull: Bool { if case .null = self { true } else { false } }
}

/// Writes JSON.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func string(_ text: String) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(byte)
            case 0..<0x20, 0x7F:
                raw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }
}
