import MiniGPT
import Synchronization

/// A text to be continued, as the scheduler gets it.
struct GenerationRequest: Sendable {
    let model: LoadedModel
    /// At least one token.
    let prompt: [Int32]
    /// How many of them count as the prompt.
    let promptCount: Int
    let sampler: SamplerChain
    var options: GenerationOptions
}

/// The texts that answer one request, as they come.
final class Answer: Sendable {
    /// Something that happened to one of the texts.
    struct Piece: Sendable {
        /// Which, from 0.
        let choice: Int
        let event: GenerationEvent
    }

    /// What happens, until all texts have ended. Its buffer holds at most what the longest answer
    /// makes.
    let events: AsyncThrowingStream<Piece, any Error>
    private let output: AsyncThrowingStream<Piece, any Error>.Continuation
    private let open: Atomic<Int>
    private let isCancelledFlag = Atomic(false)

    init(choices: Int) {
        open = Atomic(choices)
        (events, output) = AsyncThrowingStream.makeStream()
    }

    var isCancelled: Bool { isCancelledFlag.load(ordering: .acquiring) }

    /// Asks all texts to stop; looked at before every token.
    func cancel() { isCancelledFlag.store(true, ordering: .releasing) }

    fileprivate func emit(_ event: GenerationEvent, _ choice: Int) {
        output.yield(Piece(choice: choice, event: event))
    }

    fileprivate func end(_ error: (any Error)?) {
        if let error {
            cancel()
            output.finish(throwing: error)
        }
        if open.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { output.finish() }
    }
}

/// A text that waits or is being continued.
final class GenerationTicket: Sendable {
    let model: LoadedModel
    /// What has to be read first.
    let window: [Int32]
    private let choice: Int
    private let answer: Answer
    private let text: Mutex<TextContinuation<SamplerChain, SplitMix64>?>
    private let hasEnded = Atomic(false)

    /// - Throws: `GenerationError` if something of the request cannot be used.
    init(
        _ request: GenerationRequest, choice: Int, of answer: Answer
    ) throws(GenerationError) {
        let text = try TextContinuation(
            prompt: request.prompt, promptCount: request.promptCount,
            vocabularySize: request.model.vocabularySize,
            contextLength: request.model.contextLength, tokenizer: request.model.tokenizer,
            sampler: request.sampler, options: request.options,
            generator: SplitMix64(seed: request.options.seed))
        model = request.model
        window = text.window
        self.text = Mutex(text)
        self.choice = choice
        self.answer = answer
    }

    /// The text; it is given away once.
    func takeText() -> TextContinuation<SamplerChain, SplitMix64>? {
        text.withLock { text in
            defer { text = nil }
            return text
        }
    }

    var isCancelled: Bool { answer.isCancelled }
    func cancel() { answer.cancel() }
    func emit(_ event: GenerationEvent) { answer.emit(event, choice) }

    /// Ends the text; what is said after the first time is not heard.
    func end(_ error: (any Error)? = nil) {
        if hasEnded.exchange(true, ordering: .acquiringAndReleasing) { return }
        answer.end(error)
    }

    /// Ends a text that was not begun, with the summary of one that was cancelled.
    func endUnstarted() {
        if var text = takeText() {
            let summary = text.finish(.cancelled) { emit($0) }
            emit(.finished(summary))
        }
        end()
    }
}
