/// What is wrong with a grammar, or with following it.
public enum GrammarError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is not a grammar.
    case syntax(line: Int, column: Int, problem: String)
    /// A rule is used that is not there.
    case undefinedRule(String)
    /// A rule begins with itself, so that it could be entered for ever without reading anything.
    case leftRecursion(rule: String)
    /// No text, however long, fulfils the rule.
    case neverEnds(rule: String)
    /// More than is allowed of something.
    case tooLarge(String, limit: Int)
    /// The JSON schema asks for something that has no grammar here.
    case schema(path: String, problem: String)
    /// No token of the vocabulary can follow, and the text may not end yet.
    case cannotContinue(after: String)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .syntax(let line, let column, let problem):
            "The grammar \(problem), in line \(line), column \(column)."
        case .undefinedRule(let name):
            "The grammar has no rule \(quoted(name)); define it with \(name) ::= …"
        case .leftRecursion(let rule):
            "The grammar's rule \(quoted(rule)) begins with itself; let it begin with something that is read first, or use * or +."
        case .neverEnds(let rule):
            "The grammar's rule \(quoted(rule)) has no end: every alternative needs itself again."
        case .tooLarge(let what, let limit):
            "The grammar has too many \(what); at most \(limit) are allowed."
        case .schema(let path, let problem):
            "The JSON schema at \(path) \(problem)."
        case .cannotContinue(let text):
            text.isEmpty
                ? "No token of the vocabulary can begin what the grammar asks for."
                : "No token of the vocabulary can follow \(quoted(text)) as the grammar asks for."
        }
    }
}

/// What a grammar from outside may cost.
enum GrammarLimits {
    /// Bytes of a grammar's or a schema's text.
    static let textBytes = 1 << 20
    /// Brackets within brackets.
    static let depth = 64
    /// How often `{m,n}` may repeat; llama.cpp has the same limit.
    static let repetitions = 2_000
    /// `*`, `+`, `?` and `{m,n}` directly after each other.
    static let repeatedRepetitions = 4
    /// Elements of all compiled rules together.
    static let elements = 1 << 18
    /// Ways to understand a text at once.
    static let readings = 4_096
}
