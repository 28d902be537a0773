import Foundation
import MiniNN
import MiniTensor
import MiniTokenizer

extension TextGenerator {
    /// Continues a text, as an asynchronous sequence of events that ends with a summary.
    ///
    /// The model runs on a thread of its own, never on Swift's shared ones. Leaving the loop or
    /// cancelling its task stops it before the next token.
    ///
    /// - Throws: `GenerationError` for anything that is wrong before the first token. The sequence
    ///   itself throws one when the vocabulary cannot continue a grammar.
    public func stream(
        _ prompt: String, sampler: some Sampler, options: GenerationOptions = GenerationOptions()
    ) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error> {
        let tokens = try encode(prompt)
        try check(tokens, options)
        return AsyncThrowingStream { continuation in
            let stop = StopSignal()
            continuation.onTermination = { _ in stop.raise() }
            detachThread {
                var copy = self
                var generator = SplitMix64(seed: options.seed)
                do {
                    let summary = try copy.generate(
                        tokens: tokens, sampler: sampler, options: options, using: &generator,
                        until: stop
                    ) { continuation.yield($0) }
                    continuation.yield(.finished(summary))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

extension GPT {
    /// Continues a text, as an asynchronous sequence of pieces that ends with a summary.
    ///
    ///     for await event in try model.generate("ROMEO:", tokenizer: tokenizer, sampler: .topP(0.9)) {
    ///         if case .text(let piece) = event { print(piece, terminator: "") }
    ///     }
    ///
    /// The model runs on a thread of its own, never on Swift's shared ones. Leaving the loop or
    /// cancelling its task stops it before the next token.
    ///
    /// - Parameters:
    ///   - prompt: continued from here; if it is empty, from the end-of-text token or a line break.
    ///   - maximumTokens: stop after so many.
    ///   - seed: decides the sampler's choices.
    /// - Throws: `TokenizerError` if the tokenizer cannot express the prompt.
    /// - Precondition: the tokenizer is the model's.
    public func generate(
        _ prompt: String, tokenizer: any TextTokenizer, sampler: some Sampler = .temperature(0.8),
        maximumTokens: Int = 500, seed: UInt64 = 1337
    ) throws(TokenizerError) -> AsyncStream<GenerationEvent> {
        precondition(maximumTokens >= 0, "\(maximumTokens) tokens cannot be made.")
        let generator = TextGenerator(StandardPredictor(self), tokenizer: tokenizer)
        let tokens: [Int32]
        do {
            tokens = try generator.encode(prompt)
        } catch {
            if case .tokenizer(let error) = error { throw error }
            preconditionFailure(error.description)
        }
        return AsyncStream { (continuation: AsyncStream<GenerationEvent>.Continuation) in
            let stop = StopSignal()
            continuation.onTermination = { _ in stop.raise() }
            detachThread {
                var copy = generator
                var random = SplitMix64(seed: seed)
                let options = GenerationOptions(maximumTokens: maximumTokens, seed: seed)
                do {
                    let summary = try copy.generate(
                        tokens: tokens, sampler: sampler, options: options, using: &random,
                        until: stop
                    ) { continuation.yield($0) }
                    continuation.yield(.finished(summary))
                } catch {
                    preconditionFailure("Nothing can fail without a grammar: \(error)")
                }
                continuation.finish()
            }
        }
    }

    /// Continues a text with all options.
    ///
    /// - Throws: `GenerationError` for anything that is wrong before the first token; the sequence
    ///   itself, when the vocabulary cannot continue a grammar.
    public func generate(
        _ prompt: String, tokenizer: any TextTokenizer, sampler: some Sampler = .temperature(0.8),
        options: GenerationOptions
    ) throws(GenerationError) -> AsyncThrowingStream<GenerationEvent, any Error> {
        try TextGenerator(StandardPredictor(self), tokenizer: tokenizer)
            .stream(prompt, sampler: sampler, options: options)
    }
}

/// Runs something long on a thread of its own, with the stack of a main thread.
private func detachThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 8 << 20
    thread.start()
}
