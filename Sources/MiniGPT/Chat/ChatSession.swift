import MiniNN
import MiniTensor
import MiniTokenizer

/// A model that answers, and remembers what it has read: the next turn costs only what is new.
///
///     var session = ChatSession(predictor, tokenizer: tokenizer)
///     let answer = try session.answer([ChatMessage(.user, "Who are you?")])
///
/// `OpenedModel.chat()` makes one for a model from the disk.
public struct ChatSession<Predictor: TokenPredictor>: Sendable {
    /// How a conversation is written for the model: its own way, or names before the turns.
    public let template: ChatTemplate
    /// The tokens that end a text, besides those of the template.
    public let endTokens: Set<Int32>
    private var generator: TextGenerator<Predictor>

    /// A session with a model.
    ///
    /// - Parameters:
    ///   - predictor: reads for the model.
    ///   - tokenizer: the one that the model was trained with.
    ///   - template: how a conversation is written; `nil` for the way that suits the tokenizer.
    ///   - endTokens: tokens that end a text, besides those of the template.
    public init(
        _ predictor: Predictor, tokenizer: any TextTokenizer, template: ChatTemplate? = nil,
        endTokens: Set<Int32> = []
    ) {
        self.template = template ?? .suiting(tokenizer)
        self.endTokens = endTokens
        generator = TextGenerator(predictor, tokenizer: tokenizer)
    }

    /// Turns texts into the model's tokens and back.
    public var tokenizer: any TextTokenizer { generator.tokenizer }

    /// The most tokens that the model looks at.
    public var contextLength: Int { generator.predictor.contextLength }

    /// The prompt for the next answer.
    ///
    /// - Throws: `ChatError` if it does not fit, or cannot be written as tokens.
    public func prompt(
        _ messages: [ChatMessage], maximumTokens: Int
    ) throws(ChatError) -> ChatPrompt {
        try ChatPrompt(
            messages, template: template, tokenizer: tokenizer, contextLength: contextLength,
            reserve: maximumTokens)
    }

    /// Answers a conversation, on the thread that asks.
    ///
    /// - Parameters:
    ///   - messages: the conversation so far; the last one is the user's.
    ///   - sampler: chooses the tokens.
    ///   - options: how long at most, the seed, and when to stop; the template's ends come on top.
    ///   - emit: gets pieces of the answer, without blanks at its ends.
    /// - Throws: `ChatError` if the model cannot read the conversation, or not answer it.
    public mutating func answer(
        _ messages: [ChatMessage], sampler: some Sampler = .temperature(0.8),
        options: GenerationOptions = GenerationOptions(), emit: (String) -> Void = { _ in }
    ) throws(ChatError) -> ChatAnswer {
        var random = SplitMix64(seed: options.seed)
        return try answer(
            messages, sampler: sampler, options: options, using: &random, emit: emit)
    }

    /// Answers a conversation, on the thread that asks, with random numbers of the caller.
    ///
    /// The parameters are those of the other `answer`, and:
    ///
    /// - Parameters:
    ///   - random: decides the sampler's choices instead of `options.seed`.
    ///   - stop: looked at before every token.
    /// - Throws: `ChatError` if the model cannot read the conversation, or not answer it.
    public mutating func answer(
        _ messages: [ChatMessage], sampler: some Sampler, options given: GenerationOptions,
        using random: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (String) -> Void
    ) throws(ChatError) -> ChatAnswer {
        let prompt = try prompt(messages, maximumTokens: given.maximumTokens)
        var options = given
        options.endAnswers(of: template, tokenizer, endTokens: endTokens)
        var trimmer = Trimmer()
        var text = ""
        let summary: GenerationSummary
        do throws(GenerationError) {
            summary = try generator.generate(
                tokens: prompt.tokens, sampler: sampler, options: options, using: &random,
                until: stop
            ) { event in
                guard case .text(let piece) = event else { return }
                let shown = trimmer.take(piece)
                text += shown
                if !shown.isEmpty { emit(shown) }
            }
        } catch {
            throw .generation(error)
        }
        return ChatAnswer(text: text, summary: summary, droppedTurns: prompt.droppedTurns)
    }
}

/// What was answered, and how it came about.
public struct ChatAnswer: Sendable {
    /// What was said, without blanks around it.
    public let text: String
    /// How the generation went.
    public let summary: GenerationSummary
    /// How many of the oldest turns the model did not see.
    public let droppedTurns: Int
}

/// Takes blanks away from both ends of a text that comes in pieces.
private struct Trimmer {
    private var held = ""
    private var hasBegun = false

    mutating func take(_ piece: String) -> String {
        var result = held + piece
        held = ""
        if !hasBegun { result = String(result.drop(while: \.isWhitespace)) }
        guard !result.isEmpty else { return "" }
        hasBegun = true
        while let last = result.last, last.isWhitespace {
            held = String(result.removeLast()) + held
        }
        return result
    }
}
