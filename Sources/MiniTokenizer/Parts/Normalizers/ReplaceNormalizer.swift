/// Replaces what a pattern matches.
struct ReplaceNormalizer: Normalizer {
    static let typeName = "Replace"

    private let pattern: TextPattern
    private let content: String

    /// Replaces a text by another one.
    init(_ text: String, with content: String) {
        pattern = TextPattern(text: text)
        self.content = content
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        pattern = try TextPattern(members)
        content = try members.text("content")
    }

    var members: [(name: String, value: PartValue)] {
        [("pattern", pattern.value), ("content", .text(content))]
    }

    func normalize(_ text: inout NormalizedText) throws(TokenizerError) {
        try text.replace(pattern, with: content)
    }
}

/// Puts a text in front of one that is not empty.
struct PrependNormalizer: Normalizer {
    static let typeName = "Prepend"

    /// What is put in front.
    var prefix: String

    /// Puts a text in front.
    init(_ prefix: String) { self.prefix = prefix }

    init(_ members: PartMembers) throws(TokenizerError) {
        prefix = try members.text("prepend")
    }

    var members: [(name: String, value: PartValue)] { [("prepend", .text(prefix))] }

    func normalize(_ text: inout NormalizedText) { text.prepend(prefix) }
}
