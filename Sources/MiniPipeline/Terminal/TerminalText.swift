/// What a model says, for a terminal.
enum TerminalText {
    /// Without what would move the cursor or change colours.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl =
                        (scalar.value < 0x20 && scalar != "\n" && scalar != "\t")
                        || (0x7F...0x9F).contains(scalar.value)
                    return isControl ? "\u{FFFD}" : scalar
                }))
    }
}
