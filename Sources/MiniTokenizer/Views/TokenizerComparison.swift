import MiniSupport

/// Several tokenizers on one text: how far each token reaches, and what is lost.
///
///     let comparison = TokenizerComparison(
///         on: text, [("mine", mine), ("GPT-2", try BytePairTokenizer.open("gpt2"))])
///     print(comparison.table())
public struct TokenizerComparison: Sendable {
    /// What one tokenizer makes of the text.
    public struct Entry: Hashable, Sendable {
        /// The tokenizer's name, as given.
        public let name: String
        /// How many tokens it has.
        public let vocabularySize: Int
        /// How many tokens the text takes; `nil` when the tokenizer refuses the text.
        public let tokenCount: Int?
        /// How many different tokens of the vocabulary the text uses.
        public let distinctTokens: Int
        /// The text's UTF-8 bytes per token; `nil` without tokens.
        public let bytesPerToken: Double?
        /// The share of the text's characters (Unicode scalars) that the vocabulary cannot
        /// express, from 0 to 1.
        public let unknownShare: Double
    }

    /// The size of the text.
    public let byteCount, characterCount: Int

    /// One entry per tokenizer, in the order given.
    public let entries: [Entry]

    /// Encodes the text with every tokenizer.
    public init(on text: String, _ tokenizers: [(name: String, tokenizer: any TextTokenizer)]) {
        let bytes = Array(text.utf8)
        let characters = text.unicodeScalars.count
        byteCount = bytes.count
        characterCount = characters
        entries = tokenizers.map { name, tokenizer in
            Self.entry(name, tokenizer, text, bytes, characters)
        }
    }

    private static func entry(
        _ name: String, _ tokenizer: some TextTokenizer, _ text: String, _ bytes: [UInt8],
        _ characters: Int
    ) -> Entry {
        let tokens = try? tokenizer.encode(text)
        var unknown = 0
        if let tokenizer = tokenizer as? CharacterTokenizer {
            // It may replace unknown characters by known ones, skip them or refuse the text.
            unknown = text.unicodeScalars.count { tokenizer.token(of: $0) == nil }
        } else if let token = tokenizer.unknownToken, tokens?.contains(token) ?? false {
            for span in (try? tokenizer.spans(of: text)) ?? [] where span.token == token {
                unknown += bytes[span.byteRange].count { $0 & 0xC0 != 0x80 }
            }
        }
        let count = tokens?.count ?? 0
        return Entry(
            name: name, vocabularySize: tokenizer.vocabularySize, tokenCount: tokens?.count,
            distinctTokens: Set(tokens ?? []).count,
            bytesPerToken: count > 0 ? Double(bytes.count) / Double(count) : nil,
            unknownShare: characters > 0 ? Double(unknown) / Double(characters) : 0)
    }

    private static let headings = [
        "tokenizer", "vocabulary", "tokens", "distinct", "bytes/token", "unknown",
    ]

    private func cells(of entry: Entry) -> [String] {
        [
            VisibleText.line(Array(entry.name.utf8)), entry.vocabularySize.groupedDigits,
            entry.tokenCount.map(\.groupedDigits) ?? "refused",
            entry.distinctTokens.groupedDigits,
            entry.bytesPerToken.map { TableText.decimal($0, places: 3) } ?? "–",
            TableText.decimal(entry.unknownShare * 100, places: 3) + " %",
        ]
    }

    /// The entries as a table for a terminal.
    public func table() -> String {
        TextTable([Self.headings] + entries.map(cells)).text() + "\n"
    }

    /// The entries as an HTML table.
    public func htmlTable() -> String {
        var result = "<table><tr>"
        for heading in Self.headings { result += "<th>\(heading)</th>" }
        for entry in entries {
            result += "</tr>\n<tr>"
            for cell in cells(of: entry) { result += "<td>\(VisibleText.escaped(cell))</td>" }
        }
        return result + "</tr></table>"
    }
}
