import MiniNN
import MiniTensor
import MiniTokenizer

/// One of several texts that are continued at once: says what has to be read, chooses when it has
/// been.
///
/// Somebody else reads, for all texts together; `BatchPredictor` gives each the same logits as alone,
/// so each becomes the very text that `TextGenerator` would make of it with the same seed.
///
///     while let reading = text.reading(after: predictor.tokens) {
///         … the predictor reads that …
///         try text.choose(after: predictor.logits) { event in … }
///     }
///     text.finish { event in … }
///
/// Drafters are not used: reading several texts at once is the same saving.
package struct TextContinuation: Sendable {
    private var chooser: TokenChooser<SamplerChain>
    private var text: TextAssembler
    private var generator: SplitMix64
    private let options: GenerationOptions
    private let promptCount: Int
    private let contextLength: Int
    /// The prompt, or of a long one what fits: what is read first.
    package let window: [Int32]
    /// Chosen, but not read yet.
    private var pending: Int32?
    private var reason: GenerationSummary.StopReason?

    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var promptSeconds = 0.0
    private var secondsToFirst: Double?
    private var read = (read: 0, known: 0)
    private var slides = 0

    /// A text of which nothing was made.
    ///
    /// - Parameters:
    ///   - prompt: at least one token.
    ///   - promptCount: how many of them count as the prompt.
    ///   - begin: when the request came; the time limit counts from here.
    /// - Throws: `GenerationError` if an option cannot be used, or the model does not know a token.
    package init(
        prompt: [Int32], promptCount: Int, vocabularySize: Int, contextLength: Int,
        tokenizer: any TextTokenizer, sampler: SamplerChain, options: GenerationOptions,
        begin: ContinuousClock.Instant = .now
    ) throws(GenerationError) {
        do {
            try options.validate(contextLength: contextLength)
        } catch {
            throw .parameter(error)
        }
        let size = vocabularySize
        if let unknown = prompt.first(where: { $0 < 0 || $0 >= size }) {
            throw .unknownToken(unknown, vocabularySize: size)
        }
        text = TextAssembler(tokenizer: tokenizer, options: options)
        chooser = TokenChooser(
            prompt: prompt, sampler: sampler, options: options, endTokens: text.endTokens,
            vocabularySize: size)
        generator = SplitMix64(seed: options.seed)
        self.contextLength = contextLength
        window = options.context.window(of: prompt, contextLength: contextLength)
        self.options = options
        self.promptCount = promptCount
        self.begin = begin
    }

    /// Tokens made so far.
    package var madeCount: Int { chooser.history.madeCount }

    /// What the predictor must read before the next token can be chosen.
    package enum Reading: Sendable {
        /// One more token.
        case token(Int32)
        /// Exactly these: what it has read of them already need not be read again, but for the last.
        case window([Int32])
    }

    /// What has to be read next; `nil` at the end.
    ///
    /// - Parameter tokens: what the predictor looks at.
    package mutating func reading(after tokens: [Int32]) -> Reading? {
        if reason == nil, madeCount >= options.maximumTokens { reason = .length }
        if reason == nil, let limit = options.timeLimit, clock.now >= begin + limit {
            reason = .timeLimit
        }
        if reason == nil, chooser.isFinished { reason = .grammarComplete }
        if reason != nil { return nil }
        guard let token = pending else { return .window(window) }
        pending = nil
        guard tokens.count >= contextLength else { return .token(token) }
        guard let window = options.context.window(after: tokens, reading: token) else {
            reason = .contextFull
            return nil
        }
        slides += 1
        return .window(window)
    }

    /// Notes how much of the prompt the predictor knew already.
    package mutating func noteKnown(_ known: Int) {
        if madeCount == 0 { read = (window.count - known, known) }
    }

    /// Chooses the next token, now that what was wanted has been read.
    ///
    /// - Throws: `GenerationError` if the vocabulary cannot continue the grammar.
    package mutating func choose(
        after logits: [Float], emit: (GenerationEvent) -> Void
    ) throws(GenerationError) {
        if madeCount == 0 { promptSeconds = (clock.now - begin) / .seconds(1) }
        do throws(GenerationEnd) {
            let token = try chooser.choose(logits, using: &generator)
            pending = token
            if madeCount == 1 { secondsToFirst = (clock.now - begin) / .seconds(1) }
            reason = text.take(
                token, logits: chooser.lastLogits, stages: chooser.lastReports, emit)
        } catch {
            switch error {
            case .contextFull: reason = .contextFull
            case .grammarComplete: reason = .grammarComplete
            case .failed(let error): throw .grammar(error)
            }
        }
    }

    /// Ends the text: emits what was held back, and the summary.
    ///
    /// - Parameter other: why, if `reading(after:)` did not say so.
    package mutating func finish(
        _ other: GenerationSummary.StopReason = .cancelled, emit: (GenerationEvent) -> Void
    ) {
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
        summary.slides = slides
        summary.isGrammarComplete = chooser.isGrammarComplete
        emit(.finished(summary))
    }
}

extension TokenPredictor {
    /// Forgets what a window does not begin with.
    ///
    /// - Returns: what has to be read; at least the last token, since the logits after it are wanted.
    package mutating func prepare(for window: [Int32]) -> [Int32] {
        let known = zip(tokens, window.dropLast()).prefix { $0 == $1 }.count
        if known < tokens.count { keepFirst(known) }
        return Array(window.dropFirst(known))
    }
}
