import MiniNN
import MiniTensor
import MiniTokenizer

/// Continues texts with any predictor.
///
/// It keeps what the predictor has read: a prompt that begins as the last text did (the next turn of
/// a chat) is read only from where it differs. A value: a copy goes its own way.
public struct TextGenerator<Predictor: TokenPredictor>: Sendable {
    /// The model, and what it has read.
    public private(set) var predictor: Predictor
    /// From text to tokens and back.
    public let tokenizer: any TextTokenizer

    /// A generator.
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
        try checkTokens(tokens)
        return tokens
    }

    /// Where a text without prompt starts: the end-of-text token, else a line break, else token 0.
    public var startToken: Int32 {
        let start = tokenizer.endOfText ?? (try? tokenizer.encode("\n").first) ?? 0
        return start < predictor.vocabularySize ? start : 0
    }

    /// Continues a text, on the thread that asks.
    ///
    /// - Parameters:
    ///   - prompt: continued from here; if it is empty, from `startToken`.
    ///   - sampler: chooses the tokens.
    ///   - generator: decides the sampler's choices; it is the caller's, and goes on from here.
    ///   - stop: looked at before every token.
    ///   - emit: gets pieces of text and, on request, tokens; not the end.
    /// - Returns: how it went.
    /// - Throws: `GenerationError`, before anything is emitted but for a grammar that the vocabulary
    ///   cannot continue.
    public mutating func generate(
        _ prompt: String, sampler: some Sampler, options: GenerationOptions = GenerationOptions(),
        using generator: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        try generate(
            tokens: try encode(prompt), sampler: sampler, options: options, using: &generator,
            until: stop, emit: emit)
    }

    /// Continues a text that is tokens already.
    ///
    /// - Throws: `GenerationError`, as above.
    public mutating func generate(
        tokens prompt: [Int32], sampler: some Sampler,
        options: GenerationOptions = GenerationOptions(),
        using generator: inout some RandomNumberGenerator, until stop: StopSignal = StopSignal(),
        emit: (GenerationEvent) -> Void
    ) throws(GenerationError) -> GenerationSummary {
        try check(prompt, options)
        var run = TextRun(
            predictor, prompt: prompt.isEmpty ? [startToken] : prompt,
            promptCount: prompt.count, tokenizer: tokenizer, sampler: sampler, options: options)
        defer { predictor = run.predictor }
        return try run.run(using: &generator, until: stop, emit: emit)
    }

    /// Checks what is known before the model is asked.
    func check(_ prompt: [Int32], _ options: GenerationOptions) throws(GenerationError) {
        do {
            try options.validate(contextLength: predictor.contextLength)
        } catch {
            throw .parameter(error)
        }
        try checkTokens(prompt)
    }

    private func checkTokens(_ tokens: [Int32]) throws(GenerationError) {
        let size = predictor.vocabularySize
        if let unknown = tokens.first(where: { $0 < 0 || $0 >= size }) {
            throw .unknownToken(unknown, vocabularySize: size)
        }
    }
}
