/// Writes JSON piece by piece, for large texts: the writer appends what it is told.
package struct JSONWriter: Sendable {
    /// What was written, as UTF-8.
    package private(set) var bytes: [UInt8] = []

    /// A writer of nothing yet.
    package init() {}

    /// Appends something that is JSON already.
    package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends a string literal.
    package mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x08: raw("\\b")
            case 0x09: raw("\\t")
            case 0x0A: raw("\\n")
            case 0x0C: raw("\\f")
            case 0x0D: raw("\\r")
            case 0..<0x20: raw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Small texts of JSON: the names stay in the order they are given.
package enum JSONText {
    /// A string literal.
    package static func string(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// An object on one line, of members whose values are JSON already.
    package static func object(_ members: [(key: String, value: String)]) -> String {
        "{" + members.map { string($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
    }

    /// An object with a line for each member, indented by two blanks.
    package static func lines(
        _ members: [(key: String, value: String)], indent: String = ""
    ) -> String {
        let body = members.map { "\(indent)  \(string($0.key)): \($0.value)" }
        return "{\n" + body.joined(separator: ",\n") + "\n\(indent)}"
    }
}
