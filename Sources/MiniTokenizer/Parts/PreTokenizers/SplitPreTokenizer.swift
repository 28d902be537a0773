/// Cuts at what a pattern matches.
struct SplitPreTokenizer: PreTokenizer {
    static let typeName = "Split"

    let pattern: TextPattern
    /// What becomes of the matches.
    let behavior: SplitBehavior
    /// Whether what lies between the matches counts as matched instead.
    let isInverted: Bool

    /// Cuts at a text.
    init(at text: String, _ behavior: SplitBehavior, isInverted: Bool = false) {
        pattern = TextPattern(text: text)
        self.behavior = behavior
        self.isInverted = isInverted
    }

    /// Cuts at the matches of a regular expression.
    ///
    /// - Throws: ``TokenizerError/invalidOption(option:reason:)`` if it is none.
    init(
        expression: String, _ behavior: SplitBehavior, isInverted: Bool = false
    ) throws(TokenizerError) {
        pattern = try TextPattern(.expression(expression))
        self.behavior = behavior
        self.isInverted = isInverted
    }

    init(_ members: PartMembers) throws(TokenizerError) {
        pattern = try TextPattern(members)
        behavior = try members.word("behavior")
        isInverted = try members.boolean("invert", default: false)
    }

    var members: [(name: String, value: PartValue)] {
        [
            ("pattern", pattern.value), ("behavior", .text(behavior.rawValue)),
            ("invert", .boolean(isInverted)),
        ]
    }

    func split(_ piece: NormalizedText) throws(TokenizerError) -> [NormalizedText] {
        let matches = try pattern.matches(in: piece.bytes)
        return piece.split(
            isInverted ? matches.map { ($0.range, !$0.isMatch) } : matches, behavior)
    }
}
