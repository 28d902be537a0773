import MiniTensor
import MiniTokenizer

/// What a predictor must read before the next token of a text can be chosen.
package enum TokenReading: Sendable, Equatable {
    /// One more token, after all that was read.
    case token(Int32)
    /// Exactly these tokens. What the predictor has read of them already need not be read again, but
    /// for the last one: the logits after it are wanted.
    case window([Int32])
}

/// Why a text gets no further token.
enum GenerationEnd: Error, Equatable {
    case contextFull
    case grammarComplete
    case failed(GrammarError)
}

/// The tokens of one text as they are generated, without the model: says what has to be read, and
/// chooses the next token from the logits that the reading gave.
///
/// It performs no computation of the model itself, so it does not matter who reads: a predictor for
/// this text alone (`SpeculativeReader`), or one for many texts at once (`BatchPredictor`).
struct TokenContinuation<Chooser: Sampler>: Sendable {
    /// The prompt, or of a long one what fits into the context: what is read first.
    let window: [Int32]
    /// How often the context was full and slid.
    private(set) var slides = 0
    private(set) var chooser: TokenChooser<Chooser>

    private let context: ContextPolicy
    private let contextLength: Int
    /// The last token chosen, which nobody has read yet; `nil` before the first one.
    private var unread: Int32?

    /// A text of which no token was generated.
    ///
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    init(
        prompt: [Int32], sampler: Chooser, options: GenerationOptions, endTokens: Set<Int32>,
        vocabularySize: Int, contextLength: Int
    ) {
        chooser = TokenChooser(
            prompt: prompt, sampler: sampler, options: options, endTokens: endTokens,
            vocabularySize: vocabularySize)
        context = options.context
        self.contextLength = contextLength
        window = context.window(of: prompt, contextLength: contextLength)
    }

    /// The prompt and the tokens chosen after it.
    var history: TokenHistory { chooser.history }

    /// What has to be read before the next token can be chosen.
    ///
    /// - Parameter tokens: what the predictor has read and looks at.
    /// - Throws: `GenerationEnd` if no further token can follow.
    mutating func reading(after tokens: [Int32]) throws(GenerationEnd) -> TokenReading {
        if chooser.isFinished { throw .grammarComplete }
        guard let unread else { return .window(window) }
        guard tokens.count >= contextLength else { return .token(unread) }
        guard let window = context.window(after: tokens, reading: unread) else {
            throw .contextFull
        }
        slides += 1
        return .window(window)
    }

    /// Chooses the next token, now that what was asked for has been read.
    ///
    /// - Throws: `GenerationEnd` if the grammar allows no token.
    mutating func choose(
        after logits: [Float], using generator: inout some RandomNumberGenerator
    ) throws(GenerationEnd) -> Int32 {
        let token = try chooser.choose(logits, using: &generator)
        unread = token
        return token
    }
}
