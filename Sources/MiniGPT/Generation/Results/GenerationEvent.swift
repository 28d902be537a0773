/// What happens while text is generated.
public enum GenerationEvent: Sendable {
    /// A piece of text: one or more whole characters.
    case text(String)
    /// A token, when reports of tokens were asked for. It comes before the text that it completes.
    case token(GeneratedToken)
    /// The end.
    case finished(GenerationSummary)
}

/// How a generation went.
public struct GenerationSummary: Sendable, Equatable {
    /// Why it ended.
    public enum StopReason: String, Sendable, Codable {
        /// The model said that the text ends.
        case endOfText
        /// One of the stop tokens came.
        case stopToken
        /// One of the stop strings came.
        case stopString
        /// As many tokens as were asked for.
        case length
        /// The time was over.
        case timeLimit
        /// The context was full, and was not to slide.
        case contextFull
        /// The grammar allows nothing more.
        case grammarComplete
        /// The task was cancelled.
        case cancelled
    }

    /// Tokens in the prompt.
    public let promptTokens: Int
    /// Tokens made; a token that ended the text counts.
    public let tokens: Int
    /// Seconds it took.
    public let seconds: Double
    /// Why it ended.
    public let stopReason: StopReason
    /// Which stop string came.
    public internal(set) var stopString: String?

    /// Tokens of the prompt that were read.
    public internal(set) var readPromptTokens = 0
    /// Tokens of the prompt that were known from before, and not read again.
    public internal(set) var knownPromptTokens = 0
    /// Tokens of the prompt that did not fit into the context, and were left out.
    public internal(set) var droppedPromptTokens = 0
    /// Seconds to read the prompt.
    public internal(set) var promptSeconds = 0.0
    /// Seconds from the beginning to the first token; `nil` if there was none.
    public internal(set) var secondsToFirstToken: Double?
    /// How often the context was full and slid.
    public internal(set) var slides = 0
    /// Tokens guessed by a drafter.
    public internal(set) var draftedTokens = 0
    /// Tokens guessed right.
    public internal(set) var acceptedTokens = 0
    /// Whether the text is whole by the grammar; `nil` without one.
    public internal(set) var isGrammarComplete: Bool?

    init(promptTokens: Int, tokens: Int, seconds: Double, stopReason: StopReason) {
        self.promptTokens = promptTokens
        self.tokens = tokens
        self.seconds = seconds
        self.stopReason = stopReason
    }

    /// Tokens made per second, from the beginning to the end.
    public var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }

    /// Tokens of the prompt read per second.
    public var promptTokensPerSecond: Double {
        promptSeconds > 0 ? Double(readPromptTokens) / promptSeconds : 0
    }

    /// Tokens made per second, the first aside: that one waited for the prompt.
    public var decodeTokensPerSecond: Double {
        guard tokens > 1, let first = secondsToFirstToken, seconds > first else { return 0 }
        return Double(tokens - 1) / (seconds - first)
    }
}
