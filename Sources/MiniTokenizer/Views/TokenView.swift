/// A text in its tokens, to look at: coloured for a terminal, or as HTML.
///
///     print(try TokenView("To be, or not to be", tokenizer: tokenizer).terminal())
///
/// Whatever the text holds, the views are safe to show: controls, directions and bytes that are
/// not a whole character appear as signs such as `⏎`, `⟨U+202E⟩` and `⟨E2⟩`, and HTML is escaped.
public struct TokenView: Sendable {
    /// A token and the bytes it stands for.
    public struct Piece: Hashable, Sendable {
        /// The token's id.
        public let token: Int32
        /// The bytes it reads as; none for a token that does not exist.
        public let bytes: [UInt8]
        /// Whether the token is a marker for the model, such as the end of a text.
        public let isSpecial: Bool
    }

    /// The tokens, in order.
    public let pieces: [Piece]

    /// The tokens of a text.
    ///
    /// - Throws: as `encode` of the tokenizer.
    public init(_ text: String, tokenizer: some TextTokenizer) throws(TokenizerError) {
        self.init(tokens: try tokenizer.encode(text), tokenizer: tokenizer)
    }

    /// A view of tokens that were encoded already.
    public init(tokens: some Sequence<Int32>, tokenizer: some TextTokenizer) {
        pieces = tokens.map {
            Piece(
                token: $0, bytes: tokenizer.bytes(of: $0) ?? [],
                isSpecial: tokenizer.isSpecial($0))
        }
    }

    /// How many bytes the tokens stand for.
    public var byteCount: Int { pieces.reduce(0) { $0 + $1.bytes.count } }

    // MARK: Terminal

    /// Backgrounds of the 256-colour palette that black text is readable on.
    private static let backgrounds = [223, 152, 183, 157, 217, 229]

    /// The text with a background per token, for terminals with 256 colours.
    ///
    /// - Parameter usesColor: without it a `|` stands between tokens, for files and logs.
    public func terminal(usesColor: Bool = true) -> String {
        var result = ""
        for (index, piece) in pieces.enumerated() {
            let background = Self.backgrounds[index % Self.backgrounds.count]
            let start =
                piece.isSpecial ? "\u{1B}[1;97;44m" : "\u{1B}[38;5;16;48;5;\(background)m"
            if !usesColor, index > 0 { result += "|" }
            if usesColor { result += start }
            for part in Self.parts(of: piece) {
                switch part {
                case .text(let text), .sign(let text): result += text
                case .lineEnd:
                    // A background at a line's end would fill the rest of the line.
                    result += usesColor ? "\u{1B}[0m\n\(start)" : "\n"
                }
            }
            if usesColor { result += "\u{1B}[0m" }
        }
        return result
    }

    private static func parts(of piece: Piece) -> [VisibleText.Part] {
        // A token that reads as nothing is shown by its id.
        piece.bytes.isEmpty ? [.sign("⟨\(piece.token)⟩")] : VisibleText.parts(of: piece.bytes)
    }

    // MARK: HTML

    /// One `<span>` per token, to be put into a page; `htmlStyle` has the colours.
    public func htmlFragment() -> String {
        var result = "<div class=\"tokens\">"
        for (index, piece) in pieces.enumerated() {
            let colour = piece.isSpecial ? "special" : "c\(index % Self.backgrounds.count)"
            let bytes = piece.bytes.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            let title = "token \(piece.token): \(bytes.joined(separator: " "))"
            result += "<span class=\"\(colour)\" title=\"\(title)\">"
            for part in Self.parts(of: piece) {
                switch part {
                case .text(let text): result += VisibleText.escaped(text)
                case .sign(let text): result += "<i>\(VisibleText.escaped(text))</i>"
                case .lineEnd: result += "\n"
                }
            }
            result += "</span>"
        }
        return result + "</div>"
    }

    /// The style of ``htmlFragment()``.
    public static let htmlStyle = """
        .tokens { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.7;
          font-family: ui-monospace, monospace; }
        .tokens span { unicode-bidi: isolate; border-radius: 3px; padding: 1px 0; color: #111; }
        .tokens i { font-style: normal; color: #555; font-size: 85%; }
        .tokens .c0 { background: #ffe0bd; } .tokens .c1 { background: #bfe3e8; }
        .tokens .c2 { background: #dcc8f5; } .tokens .c3 { background: #c4edc4; }
        .tokens .c4 { background: #ffc9c9; } .tokens .c5 { background: #f8f0b0; }
        .tokens .special { background: #1f4fa3; color: #fff; } .tokens .special i { color: #fff; }
        """

    /// A whole page: a title, the counts, the tokens. A pointer over a token shows its id and
    /// bytes.
    public func html(title: String) -> String {
        let ratio = pieces.isEmpty ? 0 : Double(byteCount) / Double(pieces.count)
        return """
            <!DOCTYPE html>
            <html><head><meta charset="utf-8"><title>\(VisibleText.escaped(title))</title>
            <meta name="viewport" content="width=device-width">
            <style>
            body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: #fff;
              color: #111; font-family: system-ui, sans-serif; }
            \(Self.htmlStyle)
            </style></head><body>
            <h1>\(VisibleText.escaped(title))</h1>
            <p>\(pieces.count) tokens, \(byteCount) bytes, \
            \(TableText.decimal(ratio, places: 2)) bytes per token.</p>
            \(htmlFragment())
            </body></html>

            """
    }
}
