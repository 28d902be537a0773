/// Text as part of HTML or XML.
enum Markup {
    /// The text with everything that could end it or begin something else taken out of effect: it
    /// stays text in an element and in a quoted attribute.
    ///
    /// - Parameter inAttribute: whether quotation marks have to be taken out of effect as well.
    static func escaped(_ text: String, inAttribute: Bool = true) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"" where inAttribute: result += "&quot;"
            case "'" where inAttribute: result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            // XML has no way to write other control characters, and a browser none to show them.
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += " "
            // Marks of direction could turn what stands around them.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}":
                result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
