/// Writes JSON by hand: the keys stay in the order they are given.
package enum JSONText {
    /// A string literal.
    package static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// An object on one line, of members whose values are JSON already.
    package static func object(_ members: [(key: String, value: String)]) -> String {
        "{" + members.map { string($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
    }

    /// An object with a line for each member, indented by two blanks.
    static func lines(_ members: [(key: String, value: String)], indent: String = "") -> String {
        let body = members.map { "\(indent)  \(string($0.key)): \($0.value)" }
        return "{\n" + body.joined(separator: ",\n") + "\n\(indent)}"
    }
}
