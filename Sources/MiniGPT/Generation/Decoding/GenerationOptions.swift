import MiniTokenizer

/// How a text is generated, apart from how its tokens are chosen.
public struct GenerationOptions: Sendable {
    /// Stop after generating so many tokens.
    public var maximumTokens = 500
    /// Generate at least so many tokens before one may end the text. Stop strings end it at any time.
    public var minimumTokens = 0
    /// Stop where any of these texts comes; nothing of it is emitted.
    public var stopStrings: [String] = []
    /// Stop where any of these tokens comes; it is not emitted.
    public var stopTokens: Set<Int32> = []
    /// Whether the tokenizer's end of text ends the text.
    public var stopsAtEndOfText = true
    /// Stop after this time, counted from the call and looked at before every token; `nil` for no
    /// limit.
    public var timeLimit: Duration?
    /// What happens when the text has become longer than the model's context. By default the older
    /// half of it is forgotten; a chat should `.stop`, since half a conversation misleads the model.
    public var context = ContextPolicy.slide()
    /// Decides the sampler's choices in streams: the same seed gives the same text. Calls that take a
    /// generator (`using:`) use that one instead, and do not look at the seed.
    public var seed: UInt64 = 1337
    /// Restricts the text to a grammar; `nil` for any text.
    public var constraint: TokenConstraint?
    /// Guesses tokens, which the model then checks several at a time: faster, with the same text.
    public var drafter: (any Drafter)?
    /// How many tokens a drafter may guess at once.
    public var draftLength = 8
    /// Report every token, with the log-probabilities of this many alternatives; `nil` for no reports.
    public var alternatives: Int?
    /// With reports of tokens: also what each stage of a `SamplerChain` did, listing this many tokens;
    /// 0 for no such reports.
    public var stageReports = 0
    /// Whether special tokens appear in the text, by their names.
    public var showsSpecialTokens = false

    /// The defaults.
    public init() {}

    /// The defaults, with another length and seed.
    public init(maximumTokens: Int, seed: UInt64 = 1337) {
        self.maximumTokens = maximumTokens
        self.seed = seed
    }

    /// Checks what came from a user.
    ///
    /// - Throws: `GenerationParameterError`, which names the first that cannot be used.
    public func validate(contextLength: Int) throws(GenerationParameterError) {
        try Check.atLeast(0, "maximumTokens", maximumTokens)
        try Check.atLeast(0, "minimumTokens", minimumTokens)
        try Check.atLeast(0, "alternatives", alternatives ?? 0)
        try Check.atLeast(0, "stageReports", stageReports)
        try Check.atLeast(1, "draftLength", draftLength)
        guard stopStrings.allSatisfy({ !$0.isEmpty }) else {
            throw GenerationParameterError(
                name: "stopStrings", value: "with an empty text",
                allowed: "texts of at least one character")
        }
        if let timeLimit, timeLimit < .zero {
            throw GenerationParameterError(
                name: "timeLimit", value: "\(timeLimit)", allowed: "at least 0 seconds")
        }
        try context.validate(contextLength: contextLength)
    }

    /// Checks the options and the prompt for a model.
    func check(
        _ prompt: [Int32], vocabularySize: Int, contextLength: Int
    ) throws(GenerationError) {
        do {
            try validate(contextLength: contextLength)
        } catch {
            throw .parameter(error)
        }
        try Self.check(prompt, vocabularySize: vocabularySize)
    }

    /// Checks that a model has these tokens.
    static func check(_ tokens: [Int32], vocabularySize: Int) throws(GenerationError) {
        if let unknown = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) {
            throw .unknownToken(unknown, vocabularySize: vocabularySize)
        }
    }
}

/// What can keep a text from being generated.
public enum GenerationError: Error, Equatable, CustomStringConvertible {
    /// A parameter cannot be used.
    case parameter(GenerationParameterError)
    /// The tokenizer cannot express the prompt.
    case tokenizer(TokenizerError)
    /// The grammar cannot be used, or nothing the vocabulary has can continue it.
    case grammar(GrammarError)
    /// A token the model does not have: the tokenizer is another model's.
    case unknownToken(Int32, vocabularySize: Int)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .parameter(let error): error.description
        case .tokenizer(let error): error.description
        case .grammar(let error): error.description
        case .unknownToken(let token, let size):
            "The model has \(size) tokens, and token \(token) is none of them; use the tokenizer it was trained with."
        }
    }
}
