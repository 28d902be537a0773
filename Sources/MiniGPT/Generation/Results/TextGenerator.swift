import MiniNN
import MiniTensor
import MiniTokenizer

/// Continues texts with any predictor: `stream` on a thread of its own, `generate` on the thread that
/// asks.
///
/// It keeps what the predictor has read: a prompt that begins as the last text did (the next turn of
/// a chat) is read only from where it differs. Make one and keep it where several texts are generated:
/// `generate` of a model makes a predictor, and packs the weights for it, at every call. A value: a
/// copy continues on its own.
public struct TextGenerator<Predictor: TokenPredictor>: Sendable {
    /// The model, and what it has read.
    public private(set) var predictor: Predictor
    /// From text to tokens and back.
    public let tokenizer: any TextTokenizer

    /// A generator over a predictor and the tokenizer of its model.
    public init(_ predictor: Predictor, tokenizer: any TextTokenizer) {
        self.predictor = predictor
        self.tokenizer = tokenizer
    }

    /// The tokens a prompt stands for.
    ///
    /// - Throws: `GenerationError` if the tokenizer cannot express it, or the model does not know one
    ///   of its tokens.
    public func encode(_ prompt: String) throws(GenerationError) -> [Int32] {
        let tokens: [Int32]
        do { tokens = try tokenizer.encode(prompt) } catch { throw .tokenizer(error) }
        try GenerationOptions.check(tokens, vocabularySize: predictor.vocabularySize)
        return tokens
    }

    /// Where a text without prompt starts: the end-of-text token, else a line break, else token 0.
    public var startToken: Int32 {
        tokenizer.startToken(vocabularySize: predictor.vocabularySize)
    }

    /// Continues a text, on the thread that asks.
    ///
    /// - Parameters:
    ///   - prompt: continued from here; if it is empty, from `startToken`.
    ///   - sampler: chooses the tokens.
    ///   - generator: decides the sampler's choices instead of `options.seed`, which is not looked at.
    ///     It is the caller's, and goes on from here.
    ///   - stop: looked at before every token.
    ///   - emit: gets pieces of text and, on request, tokens; not the end.
    /// - Returns: how it went.
    /// - Throws: `GenerationError` before the first token, or when the vocabulary cannot continue a
    ///   grammar.
    public mutating func generate(
        _ prompt: String, sampler: some Sampler,
        options: GenerationOptions = GenerationOptions(),
        using generator: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        try generate(
            tokens: try encode(prompt), sampler: sampler, options: options, using: &generator,
            until: stop, emit: emit)
    }

    /// Continues a text that is tokens already, on the thread that asks.
    ///
    /// The parameters are those of `generate` for a text; if `prompt` is empty, it starts from
    /// `startToken`.
    ///
    /// - Throws: `GenerationError` before the first token, or when the vocabulary cannot continue a
    ///   grammar.
    public mutating func generate(
        tokens prompt: [Int32], sampler: some Sampler,
        options: GenerationOptions = GenerationOptions(),
        using generator: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        var text = try continuation(
            of: prompt, sampler: sampler, options: options, generator: generator)
        defer { generator = text.generator }
        return try run(&text, options, until: stop, emit: emit)
    }

    /// A text that was not begun, with everything checked that is known before the model is asked.
    func continuation<Chooser: Sampler, Generator: RandomNumberGenerator>(
        of prompt: [Int32], sampler: Chooser, options: GenerationOptions, generator: Generator
    ) throws(GenerationError) -> TextContinuation<Chooser, Generator> {
        try TextContinuation(
            prompt: prompt.isEmpty ? [startToken] : prompt, promptCount: prompt.count,
            vocabularySize: predictor.vocabularySize, contextLength: predictor.contextLength,
            tokenizer: tokenizer, sampler: sampler, options: options, generator: generator)
    }

    /// Generates a text to its end.
    mutating func run<Chooser, Generator>(
        _ text: inout TextContinuation<Chooser, Generator>, _ options: GenerationOptions,
        until stop: StopSignal, emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        var reader = SpeculativeReader(predictor, options: options, endTokens: text.endTokens)
        defer { predictor = reader.settledPredictor }
        while !stop.isRaised, let reading = text.reading(after: reader.tokens) {
            let (logits, known) = reader.read(reading, of: text.history)
            text.noteKnown(known)
            try text.choose(after: logits, emit: emit)
        }
        var summary = text.finish(emit: emit)
        summary.draftedTokens = reader.drafted
        summary.acceptedTokens = reader.accepted
        return summary
    }
}
