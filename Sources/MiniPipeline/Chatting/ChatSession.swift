import MiniGPT

/// A model that answers, and remembers what it has read: the next turn costs only what is new.
public struct ChatSession: Sendable {
    /// The model's files.
    public let source: ModelSource
    /// How a conversation is written for it: its own way, or names before the turns.
    public let template: ChatTemplate
    private var generator: TextGenerator<CachedPredictor>

    /// A session with a model.
    public init(_ source: ModelSource, weights: NumberFormat = .float32) {
        self.source = source
        template = source.chat ?? .suiting(source.tokenizer)
        generator = TextGenerator(
            InferenceModel(source.model, weights: weights).predictor(),
            tokenizer: source.tokenizer)
    }

    /// How an answer came about.
    public struct Answer: Sendable {
        /// What was said, without blanks around it.
        public let text: String
        /// How it went.
        public let summary: GenerationSummary
        /// How many of the oldest turns the model did not see.
        public let droppedTurns: Int
    }

    /// The prompt for the next answer.
    public func prompt(
        _ messages: [ChatMessage], maximumTokens: Int
    ) throws(PipelineError) -> ChatPrompt {
        try ChatPrompt(
            messages, template: template, tokenizer: source.tokenizer,
            contextLength: source.model.configuration.contextLength, reserve: maximumTokens)
    }

    /// Answers a conversation.
    ///
    /// - Parameters:
    ///   - messages: the last one is the user's.
    ///   - options: how long at most, and when to stop; the template's ends come on top.
    ///   - emit: gets pieces of the answer, without blanks at its ends.
    /// - Throws: `PipelineError` if the conversation cannot be read by the model.
    public mutating func answer(
        _ messages: [ChatMessage], sampler: some Sampler, options given: GenerationOptions,
        using random: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (String) -> Void
    ) throws(PipelineError) -> Answer {
        let prompt = try prompt(messages, maximumTokens: given.maximumTokens)
        var options = given
        options.endAnswers(of: template, source.tokenizer, endTokens: source.endTokens)
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
            throw PipelineError(error.description)
        }
        return Answer(text: text, summary: summary, droppedTurns: prompt.droppedTurns)
    }
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
