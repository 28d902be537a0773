import MiniNN
import MiniSupport
import MiniTensor
import MiniTokenizer

/// What a generation does, as it does it: pieces of text, tokens on request, and the summary at last.
///
/// It throws a `GenerationError` when the vocabulary cannot continue a grammar.
public typealias GenerationStream = AsyncThrowingStream<GenerationEvent, any Error>

extension TextGenerator {
    /// Continues a text, as an asynchronous sequence of events that ends with a summary.
    ///
    ///     let generator = TextGenerator(model.predictor(), tokenizer: tokenizer)
    ///     for try await event in try generator.stream("ROMEO:", sampler: .topP(0.9)) { … }
    ///
    /// The model runs on a thread of its own, never on Swift's shared ones. Leaving the loop or
    /// cancelling its task stops it before the next token. `options.seed` decides the sampler's
    /// choices.
    ///
    /// - Throws: `GenerationError` for anything that is wrong before the first token. The sequence
    ///   itself throws one when the vocabulary cannot continue a grammar.
    public func stream(
        _ prompt: String, sampler: some Sampler, options: GenerationOptions = GenerationOptions()
    ) throws(GenerationError) -> GenerationStream {
        try stream(tokens: try encode(prompt), sampler: sampler, options: options)
    }

    /// Continues a text that is tokens already, as an asynchronous sequence of events that ends with a
    /// summary.
    ///
    /// - Throws: `GenerationError`, as `stream` for a text.
    public func stream(
        tokens prompt: [Int32], sampler: some Sampler,
        options: GenerationOptions = GenerationOptions()
    ) throws(GenerationError) -> GenerationStream {
        let start = try continuation(
            of: prompt, sampler: sampler, options: options,
            generator: SplitMix64(seed: options.seed))
        return AsyncThrowingStream { output in
            let stop = StopSignal()
            output.onTermination = { _ in stop.raise() }
            startThread(named: "MiniGPT generation") {
                var (copy, text) = (self, start)
                do {
                    let summary = try copy.run(&text, options, until: stop) { output.yield($0) }
                    output.yield(.finished(summary))
                    output.finish()
                } catch {
                    output.finish(throwing: error)
                }
            }
        }
    }
}

extension LanguageModel {
    /// Continues a text, as an asynchronous sequence of events that ends with a summary.
    ///
    ///     for try await event in try model.generate("ROMEO:", tokenizer: tokenizer) {
    ///         if case .text(let piece) = event { print(piece, terminator: "") }
    ///     }
    ///
    /// The main way to generate. The model runs on a thread of its own, never on Swift's shared ones.
    /// Leaving the loop or cancelling its task stops it before the next token.
    ///
    /// Every call makes a predictor, for which a GPT packs its weights: as much memory as the model
    /// takes. For several texts make a `TextGenerator` once and ask it; a model that `LanguageModels.open`
    /// read keeps its packed weights.
    ///
    /// - Parameters:
    ///   - prompt: continued from here; if it is empty, from the end-of-text token or a line break.
    ///   - tokenizer: the one that the model was trained with.
    ///   - sampler: chooses the tokens.
    ///   - options: how many tokens, the seed, when to stop and more.
    /// - Throws: `GenerationError` for anything that is wrong before the first token. The sequence
    ///   itself throws one when the vocabulary cannot continue a grammar.
    public func generate(
        _ prompt: String, tokenizer: any TextTokenizer, sampler: some Sampler = .temperature(0.8),
        options: GenerationOptions = GenerationOptions()
    ) throws(GenerationError) -> GenerationStream {
        try TextGenerator(predictor(), tokenizer: tokenizer)
            .stream(prompt, sampler: sampler, options: options)
    }
}
