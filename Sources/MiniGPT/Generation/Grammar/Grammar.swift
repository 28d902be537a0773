/// What a text must look like, as rules over bytes.
///
///     let grammar = try Grammar("root ::= \"yes\" | \"no\"")
///     let options = … options.constraint = TokenConstraint(grammar, tokenizer: tokenizer)
///
/// Compiled: every alternative is a run of elements, each a set of bytes or another rule. Characters
/// are the bytes of their UTF-8, so tokens that hold parts of characters need no special care.
public struct Grammar: Sendable, Equatable {
    /// An element of an alternative.
    enum Element: Equatable, Sendable {
        /// One byte of a set.
        case bytes(Int)
        /// What a rule says.
        case rule(Int)
        /// The alternative is over.
        case end
    }

    /// All alternatives of all rules, each with its end.
    let elements: [Element]
    /// Where the alternatives of each rule begin.
    let starts: [[Int32]]
    /// The sets of bytes.
    let sets: [ByteSet]
    /// The number of the rule a text begins with.
    let root: Int

    /// A grammar in GBNF, llama.cpp's language; `root` says what the whole text is.
    ///
    /// - Throws: `GrammarError`, which names line and column, or the rule.
    public init(_ text: String, root: String = "root") throws(GrammarError) {
        var reader = try GBNFReader(text)
        let draft = try reader.read()
        self = try Grammar(draft, root: root)
    }

    init(_ draft: GrammarDraft, root name: String) throws(GrammarError) {
        guard let root = draft.names.firstIndex(of: name) else { throw .undefinedRule(name) }
        var compiler = GrammarCompiler(draft)
        try compiler.compile()
        let kept = try compiler.checked(root: root)
        var elements: [Element] = []
        starts = kept.map { alternatives in
            alternatives.map { alternative in
                defer { elements += alternative + [.end] }
                return Int32(elements.count)
            }
        }
        self.elements = elements
        sets = compiler.sets
        self.root = root
    }
}
