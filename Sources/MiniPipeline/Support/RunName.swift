/// The rule for names of runs and conversations, which become names of folders and files.
public enum RunName {
    /// What a name must be, as the end of a sentence.
    public static let requirement =
        "1 to 100 bytes of letters, digits, '-', '_' and '.', and not begin with '.'"

    /// Whether a name is made of letters, digits, `-`, `_` and `.`, does not begin with `.`, and has
    /// at most 100 bytes.
    public static func isValid(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
    }

    /// Refuses what does not follow the rule.
    ///
    /// - Throws: `PipelineError` for the setting `name`.
    public static func check(_ name: String) throws(PipelineError) {
        guard isValid(name) else {
            throw PipelineError(.name, "is '\(name)', but must be \(requirement).")
        }
    }
}
