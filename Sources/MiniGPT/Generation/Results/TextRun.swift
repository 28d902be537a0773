import MiniNN
import MiniTensor
import MiniTokenizer

/// One generation: tokens from the engine, text to the caller, and the reason why it ended.
struct TextRun<Predictor: TokenPredictor, Chooser: Sampler>: Sendable {
    private var engine: TokenEngine<Predictor, Chooser>
    private let promptCount: Int
    private let windowCount: Int
    private let options: GenerationOptions
    private var text: TextAssembler

    var predictor: Predictor { engine.predictor }

    init(
        _ predictor: Predictor, prompt: [Int32], promptCount: Int, tokenizer: any TextTokenizer,
        sampler: Chooser, options: GenerationOptions
    ) {
        text = TextAssembler(tokenizer: tokenizer, options: options)
        engine = TokenEngine(
            predictor, prompt: prompt, sampler: sampler, options: options,
            endTokens: text.endTokens)
        windowCount = min(prompt.count, predictor.contextLength)
        self.promptCount = promptCount
        self.options = options
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
            do throws(GenerationEnd) {
                let token = try engine.next(using: &generator)
                made += 1
                if made == 1 { secondsToFirst = (clock.now - begin) / .seconds(1) }
                reason = text.take(
                    token, logits: engine.chooser.lastLogits,
                    stages: engine.chooser.lastReports, emit)
            } catch {
                switch error {
                case .contextFull: reason = .contextFull
                case .grammarComplete: reason = .grammarComplete
                case .failed(let error): throw .grammar(error)
                }
            }
        }
        text.finish(reason, emit)
        var summary = GenerationSummary(
            promptTokens: promptCount, tokens: made, seconds: (clock.now - begin) / .seconds(1),
            stopReason: reason ?? .length)
        summary.stopString = text.stopString
        summary.readPromptTokens = read.read
        summary.knownPromptTokens = read.known
        summary.droppedPromptTokens = max(0, promptCount - windowCount)
        summary.promptSeconds = promptSeconds
        summary.secondsToFirstToken = secondsToFirst
        summary.slides = engine.slides
        summary.draftedTokens = engine.drafted
        summary.acceptedTokens = engine.accepted
        summary.isGrammarComplete = engine.chooser.isGrammarComplete
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
}
