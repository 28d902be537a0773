/// What a model or a foreign file says, for a terminal.
package enum TerminalText {
    /// Without what would move the cursor or change colours.
    package static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl =
                        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t")
                        || (0x7F...0x9F).contains(scalar.value)
                    return isControl ? "\u{FFFD}" : scalar
                }))
    }

    /// On one line, with everything that is no plain character escaped as in Swift: `\u{1B}`.
    package static func line(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse:
                result += scalar.escaped(asASCII: true)
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
