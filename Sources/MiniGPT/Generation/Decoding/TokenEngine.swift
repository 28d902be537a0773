import MiniNN
import MiniTensor
import MiniTokenizer

/// Makes one token after the other: reads, lets a chooser choose, checks guesses.
///
/// It knows nothing of text. `TokenSequence` and `TextGenerator` are made of it.
struct TokenEngine<Predictor: TokenPredictor, Chooser: Sampler>: Sendable {
    private(set) var predictor: Predictor
    private(set) var chooser: TokenChooser<Chooser>
    /// How often the context slid.
    private(set) var slides = 0
    /// Tokens that were guessed, and those of them that were right.
    private(set) var drafted = 0
    private(set) var accepted = 0

    private let context: ContextPolicy
    private var drafter: (any Drafter)?
    private let draftLength: Int
    private let endTokens: Set<Int32>

    /// Made, but not read yet.
    private var pending: Int32?
    /// Logits from guesses that were read in advance.
    private var ahead: Ahead?

    private struct Ahead {
        var logits: [[Float]]
        var draft: [Int32]
        /// How many of the draft turned out right.
        var used = 0
        /// What the predictor looks at without the draft.
        var count: Int
    }

    /// An engine that has read nothing.
    ///
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    init(
        _ predictor: Predictor, prompt: [Int32], sampler: Chooser, options: GenerationOptions,
        endTokens: Set<Int32>
    ) {
        self.predictor = predictor
        chooser = TokenChooser(
            prompt: prompt, sampler: sampler, options: options, endTokens: endTokens,
            vocabularySize: predictor.vocabularySize)
        context = options.context
        drafter = options.drafter
        draftLength = options.draftLength
        self.endTokens = endTokens
    }

    /// Reads the prompt, or of a longer one what fits.
    ///
    /// - Returns: how many tokens were read, and how many of the window were known already.
    mutating func readPrompt() -> (read: Int, known: Int) {
        let window = context.window(
            of: chooser.history.tokens, contextLength: predictor.contextLength)
        let known = predictor.look(at: window)
        return (window.count - known, known)
    }

    /// The next token, without reading it: that is the next call's.
    mutating func next(
        using generator: inout some RandomNumberGenerator
    ) throws(GenerationEnd) -> Int32 {
        if chooser.isFinished { throw .grammarComplete }
        let token = try chooser.choose(try nextLogits(), using: &generator)
        settle(token)
        return token
    }

    /// The logits after everything so far.
    private mutating func nextLogits() throws(GenerationEnd) -> [Float] {
        if let ahead { return ahead.logits[ahead.used] }
        guard let token = pending else { return predictor.logits }
        pending = nil
        guard predictor.tokens.count < predictor.contextLength else {
            guard let window = context.window(after: predictor.tokens, reading: token) else {
                pending = token
                throw .contextFull
            }
            slides += 1
            predictor.look(at: window)
            return predictor.logits
        }
        let room = predictor.contextLength - predictor.tokens.count - 1
        let draft = draft(atMost: min(draftLength, room))
        guard !draft.isEmpty else {
            predictor.read(CollectionOfOne(token))
            return predictor.logits
        }
        let logits = predictor.readAll([token] + draft)
        drafted += draft.count
        ahead = Ahead(
            logits: logits, draft: draft, count: predictor.tokens.count - draft.count)
        return logits[0]
    }

    private mutating func draft(atMost count: Int) -> [Int32] {
        guard count > 0, var drafter else { return [] }
        let draft = drafter.draft(after: chooser.history.tokens, atMost: count)
        self.drafter = drafter
        // What is no token of the model, or would end the text, need not be checked further.
        return Array(
            draft.prefix(count).prefix {
                $0 >= 0 && $0 < predictor.vocabularySize && !endTokens.contains($0)
            })
    }

    /// Notes whether the token was guessed right; if not, forgets the guesses.
    private mutating func settle(_ token: Int32) {
        guard var ahead else {
            pending = token
            return
        }
        if ahead.used < ahead.draft.count, ahead.draft[ahead.used] == token {
            ahead.used += 1
            accepted += 1
            self.ahead = ahead
            return
        }
        if ahead.used < ahead.draft.count { predictor.keepFirst(ahead.count + ahead.used) }
        self.ahead = nil
        pending = token
    }
}
