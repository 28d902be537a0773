import Foundation
import MiniTensor
import MiniTokenizer

/// What happens while text is generated.
public enum GenerationEvent: Sendable {
    /// A piece of text: one or more whole characters.
    case text(String)
    /// The end.
    case finished(GenerationSummary)
}

/// How a generation went.
public struct GenerationSummary: Sendable, Equatable {
    /// Why it ended.
    public enum StopReason: String, Sendable, Codable {
        /// The model said that the text ends.
        case endOfText
        /// As many tokens as were asked for.
        case length
        /// The task was cancelled.
        case cancelled
    }

    /// Tokens in the prompt.
    public let promptTokens: Int
    /// Tokens made.
    public let tokens: Int
    /// Seconds it took.
    public let seconds: Double
    /// Why it ended.
    public let stopReason: StopReason

    /// Tokens made per second.
    public var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }
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
    public func generate(
        _ prompt: String, tokenizer: any TextTokenizer, sampler: some Sampler = .temperature(0.8),
        maximumTokens: Int = 500, seed: UInt64 = 1337
    ) throws(TokenizerError) -> AsyncStream<GenerationEvent> {
        let encoded = try tokenizer.encode(prompt)
        let start = tokenizer.endOfText ?? (try? tokenizer.encode("\n").first) ?? 0
        let tokens = TokenSequence(
            self, prompt: encoded.isEmpty ? [start] : encoded, sampler: sampler, seed: seed)
        return AsyncStream { continuation in
            let stop = StopSignal()
            continuation.onTermination = { _ in stop.raise() }
            let thread = Thread {
                let summary = run(
                    tokens, promptTokens: encoded.count, tokenizer, maximumTokens, stop
                ) { continuation.yield(.text($0)) }
                continuation.yield(.finished(summary))
                continuation.finish()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private func run(
        _ tokens: some Sequence<Int32>, promptTokens: Int, _ tokenizer: any TextTokenizer,
        _ maximumTokens: Int, _ stop: StopSignal, emit: (String) -> Void
    ) -> GenerationSummary {
        let clock = ContinuousClock()
        let begin = clock.now
        var decoder = tokenizer.streamingDecoder()
        var made = 0
        var reason = GenerationSummary.StopReason.length
        var iterator = tokens.makeIterator()
        while made < maximumTokens {
            if stop.isRaised {
                reason = .cancelled
                break
            }
            guard let token = iterator.next() else { break }
            made += 1
            if token == tokenizer.endOfText {
                reason = .endOfText
                break
            }
            let text = decoder.append(token)
            if !text.isEmpty { emit(text) }
        }
        let rest = decoder.finish()
        if !rest.isEmpty { emit(rest) }
        return GenerationSummary(
            promptTokens: promptTokens, tokens: made, seconds: (clock.now - begin) / .seconds(1),
            stopReason: reason)
    }
}
