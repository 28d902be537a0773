import MiniNN
import MiniTensor
import MiniTokenizer

/// One text as it is generated, without the model: says what has to be read, chooses the next token
/// from the logits that the reading gave, and turns it into events.
///
/// The one loop of generation, which performs no computation of the model itself. `TextGenerator`
/// drives it with one predictor, the server many of them with one `BatchPredictor`; since that gives
/// each text the same logits as alone, both make the same text of the same seed.
///
///     while let reading = text.reading(after: predictor.tokens) {
///         … the predictor reads that …
///         try text.choose(after: predictor.logits) { event in … }
///     }
///     let summary = text.finish { event in … }
package struct TextContinuation<Chooser: Sampler, Generator: RandomNumberGenerator> {
    /// Decides the sampler's choices.
    package private(set) var generator: Generator
    private var tokens: TokenContinuation<Chooser>
    private var text: TextAssembler
    private let options: GenerationOptions
    private let promptCount: Int
    private var reason: GenerationSummary.StopReason?

    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var promptSeconds = 0.0
    private var secondsToFirst: Double?
    private var read = (read: 0, known: 0)

    /// A text of which no token was generated.
    ///
    /// - Parameters:
    ///   - prompt: at least one token.
    ///   - promptCount: how many of them count as the prompt in the summary.
    ///   - generator: decides the sampler's choices; `options.seed` is not looked at.
    ///   - begin: when the request came; the time limit counts from here.
    /// - Throws: `GenerationError` if an option cannot be used, or the model does not know a token.
    package init(
        prompt: [Int32], promptCount: Int, vocabularySize: Int, contextLength: Int,
        tokenizer: any TextTokenizer, sampler: Chooser, options: GenerationOptions,
        generator: Generator, begin: ContinuousClock.Instant = .now
    ) throws(GenerationError) {
        try options.check(prompt, vocabularySize: vocabularySize, contextLength: contextLength)
        text = TextAssembler(tokenizer: tokenizer, options: options)
        tokens = TokenContinuation(
            prompt: prompt, sampler: sampler, options: options, endTokens: text.endTokens,
            vocabularySize: vocabularySize, contextLength: contextLength)
        self.generator = generator
        self.options = options
        self.promptCount = promptCount
        self.begin = begin
    }

    /// The prompt, or of a long one what fits into the context: what is read first.
    package var window: [Int32] { tokens.window }
    /// How many tokens were generated.
    package var madeCount: Int { history.madeCount }
    /// The prompt and the tokens generated after it.
    var history: TokenHistory { tokens.history }
    /// The tokens that end the text.
    var endTokens: Set<Int32> { text.endTokens }

    /// What has to be read before the next token can be chosen; `nil` at the end.
    ///
    /// - Parameter tokens: what the predictor has read and looks at.
    package mutating func reading(after tokens: [Int32]) -> TokenReading? {
        if reason == nil, madeCount >= options.maximumTokens { reason = .length }
        if reason == nil, let limit = options.timeLimit, clock.now >= begin + limit {
            reason = .timeLimit
        }
        guard reason == nil else { return nil }
        do throws(GenerationEnd) {
            return try self.tokens.reading(after: tokens)
        } catch {
            // No grammar fails before a token is chosen.
            reason = error == .contextFull ? .contextFull : .grammarComplete
            return nil
        }
    }

    /// Notes how much of the prompt the predictor knew already.
    package mutating func noteKnown(_ known: Int) {
        if madeCount == 0 { read = (window.count - known, known) }
    }

    /// Chooses the next token, now that what was asked for has been read.
    ///
    /// - Throws: `GenerationError` if the vocabulary cannot continue the grammar.
    package mutating func choose(
        after logits: [Float], emit: (GenerationEvent) -> Void
    ) throws(GenerationError) {
        if madeCount == 0 { promptSeconds = (clock.now - begin) / .seconds(1) }
        do throws(GenerationEnd) {
            let token = try tokens.choose(after: logits, using: &generator)
            if madeCount == 1 { secondsToFirst = (clock.now - begin) / .seconds(1) }
            reason = text.take(
                token, logits: tokens.chooser.lastLogits, stages: tokens.chooser.lastReports, emit)
        } catch {
            switch error {
            case .contextFull: reason = .contextFull
            case .grammarComplete: reason = .grammarComplete
            case .failed(let error): throw .grammar(error)
            }
        }
    }

    /// Ends the text and emits what was held back.
    ///
    /// - Parameter other: why it ends, if `reading(after:)` did not find a reason.
    /// - Returns: how it went.
    package mutating func finish(
        _ other: GenerationSummary.StopReason = .cancelled, emit: (GenerationEvent) -> Void
    ) -> GenerationSummary {
        let reason = reason ?? other
        text.finish(reason, emit)
        var summary = GenerationSummary(
            promptTokens: promptCount, tokens: madeCount,
            seconds: (clock.now - begin) / .seconds(1), stopReason: reason)
        summary.stopString = text.stopString
        summary.readPromptTokens = read.read
        summary.knownPromptTokens = read.known
        summary.droppedPromptTokens = Swift.max(0, promptCount - window.count)
        summary.promptSeconds = promptSeconds
        summary.secondsToFirstToken = secondsToFirst
        summary.slides = tokens.slides
        summary.isGrammarComplete = tokens.chooser.isGrammarComplete
        return summary
    }
}

extension TextContinuation: Sendable where Generator: Sendable {}
