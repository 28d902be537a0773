import MiniTensor
import MiniTokenizer

/// One generation: tokens from the engine, text to the caller, and the reason why it ended.
struct TextRun<Predictor: TokenPredictor, Chooser: Sampler>: Sendable {
    private typealias End = TokenEngine<Predictor, Chooser>.End

    private var engine: TokenEngine<Predictor, Chooser>
    private let promptCount: Int
    private let windowCount: Int
    private let tokenizer: any TextTokenizer
    private let options: GenerationOptions
    private var decoder: StreamingDecoder
    private var stops: StopMatcher
    private var stopString: String?

    var predictor: Predictor { engine.predictor }

    init(
        _ predictor: Predictor, prompt: [Int32], promptCount: Int, tokenizer: any TextTokenizer,
        sampler: Chooser, options: GenerationOptions
    ) {
        var endTokens = options.stopTokens
        if options.stopsAtEndOfText, let end = tokenizer.endOfText { endTokens.insert(end) }
        engine = TokenEngine(
            predictor, prompt: prompt, sampler: sampler, options: options, endTokens: endTokens)
        windowCount = min(prompt.count, predictor.contextLength)
        self.promptCount = promptCount
        self.tokenizer = tokenizer
        self.options = options
        decoder = tokenizer.streamingDecoder()
        stops = StopMatcher(options.stopStrings)
    }

    /// Runs to the end.
    mutating func run(
        using generator: inout some RandomNumberGenerator, until stop: StopSignal,
        emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        let clock = ContinuousClock()
        let begin = clock.now
        let deadline = options.timeLimit.map { begin + $0 }
        var promptSeconds = 0.0
        var secondsToFirst: Double?
        var read = (read: 0, known: 0)
        var made = 0
        var reason: GenerationSummary.StopReason?
        while reason == nil {
            reason = ending(made, stop, isLate: deadline.map { clock.now >= $0 } ?? false)
            if reason != nil { break }
            if made == 0 {
                read = engine.readPrompt()
                promptSeconds = (clock.now - begin) / .seconds(1)
            }
            do throws(End) {
                let token = try engine.next(using: &generator)
                made += 1
                if made == 1 { secondsToFirst = (clock.now - begin) / .seconds(1) }
                reason = take(token, emit)
            } catch {
                switch error {
                case .contextFull: reason = .contextFull
                case .grammarComplete: reason = .grammarComplete
                case .failed(let error): throw .grammar(error)
                }
            }
        }
        // Of a stop string nothing is left; after any other end, what was held back is text.
        if reason != .stopString { send(stops.finish(), emit) }
        let rest = decoder.finish()
        if !rest.isEmpty { emit(.text(rest)) }
        var summary = GenerationSummary(
            promptTokens: promptCount, tokens: made, seconds: (clock.now - begin) / .seconds(1),
            stopReason: reason ?? .length)
        summary.stopString = stopString
        summary.readPromptTokens = read.read
        summary.knownPromptTokens = read.known
        summary.droppedPromptTokens = max(0, promptCount - windowCount)
        summary.promptSeconds = promptSeconds
        summary.secondsToFirstToken = secondsToFirst
        summary.slides = engine.slides
        summary.draftedTokens = engine.drafted
        summary.acceptedTokens = engine.accepted
        summary.isGrammarComplete = engine.isGrammarComplete
        return summary
    }

    /// A reason to make no further token.
    private func ending(
        _ made: Int, _ stop: StopSignal, isLate: Bool
    ) -> GenerationSummary.StopReason? {
        if stop.isRaised { return .cancelled }
        if made >= options.maximumTokens { return .length }
        return isLate ? .timeLimit : nil
    }

    /// Turns a token into events, or into the reason to end.
    private mutating func take(
        _ token: Int32, _ emit: (GenerationEvent) -> Void
    ) -> GenerationSummary.StopReason? {
        let bytes = bytes(of: token)
        if let alternatives = options.alternatives {
            emit(
                .token(
                    GeneratedToken(
                        token, bytes: bytes, logits: engine.lastLogits,
                        alternatives: alternatives, stages: engine.lastReports)))
        }
        if options.stopTokens.contains(token) { return .stopToken }
        if options.stopsAtEndOfText, token == tokenizer.endOfText { return .endOfText }
        let (through, stop) = stops.append(bytes)
        send(through, emit)
        guard let stop else { return nil }
        stopString = options.stopStrings[stop]
        return .stopString
    }

    private func bytes(of token: Int32) -> [UInt8] {
        if !options.showsSpecialTokens, tokenizer.isSpecial(token) { return [] }
        return tokenizer.bytes(of: token) ?? Array("\u{FFFD}".utf8)
    }

    private mutating func send(_ bytes: [UInt8], _ emit: (GenerationEvent) -> Void) {
        guard !bytes.isEmpty else { return }
        let text = decoder.append(bytes: bytes)
        if !text.isEmpty { emit(.text(text)) }
    }
}
