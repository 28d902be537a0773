import MiniTensor
import MiniTokenizer

/// Makes one token after the other: reads, restricts, chooses, checks guesses.
///
/// It knows nothing of text. `TokenSequence` and `TextGenerator` are made of it.
struct TokenEngine<Predictor: TokenPredictor, Chooser: Sampler>: Sendable {
    /// Why no token came.
    enum End: Error {
        case contextFull
        case grammarComplete
        case failed(GrammarError)
    }

    private(set) var predictor: Predictor
    private(set) var history: TokenHistory
    /// How often the context slid.
    private(set) var slides = 0
    /// Tokens that were guessed, and those of them that were right.
    private(set) var drafted = 0
    private(set) var accepted = 0
    /// The model's logits of the last token made.
    private(set) var lastLogits: [Float] = []
    private(set) var lastReports: [StageReport] = []

    private var sampler: Chooser
    private let context: ContextPolicy
    private var matcher: TokenConstraint.Matcher?
    private var drafter: (any Drafter)?
    private let draftLength: Int
    private let endTokens: Set<Int32>
    private let minimumTokens: Int
    private let reportLimit: Int

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
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        self.predictor = predictor
        history = TokenHistory(prompt: prompt)
        self.sampler = sampler
        context = options.context
        matcher = options.constraint?.matcher(
            endTokens: endTokens, vocabularySize: predictor.vocabularySize)
        drafter = options.drafter
        draftLength = options.draftLength
        self.endTokens = endTokens
        minimumTokens = options.minimumTokens
        reportLimit = options.alternatives == nil ? 0 : options.stageReports
    }

    /// Reads the prompt, or of a longer one what fits.
    ///
    /// - Returns: how many tokens were read, and how many of the window were known already.
    mutating func readPrompt() -> (read: Int, known: Int) {
        let window = context.window(of: history.tokens, contextLength: predictor.contextLength)
        let known = predictor.look(at: window)
        return (window.count - known, known)
    }

    /// The next token, without reading it: that is the next call's.
    mutating func next(
        using generator: inout some RandomNumberGenerator
    ) throws(End) -> Int32 {
        if matcher?.isFinished == true { throw .grammarComplete }
        let logits = try nextLogits()
        let allowed = try restricted(logits)
        if reportLimit > 0, let chain = sampler as? SamplerChain {
            lastReports = chain.report(
                allowed, after: history, limit: reportLimit, using: Copy(generator))
        }
        let token = sampler.sample(allowed, after: history, using: &generator)
        lastLogits = logits
        history.append(token)
        if !endTokens.contains(token) {
            do throws(GrammarError) {
                try matcher?.accept(token)
            } catch {
                throw .failed(error)
            }
        }
        settle(token)
        return token
    }

    /// The logits after everything so far.
    private mutating func nextLogits() throws(End) -> [Float] {
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
        let draft = drafter.draft(after: history.tokens, atMost: count)
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

    /// The logits without what is not allowed now.
    private mutating func restricted(_ logits: [Float]) throws(End) -> [Float] {
        guard history.madeCount < minimumTokens || matcher != nil else { return logits }
        var logits = logits
        let mayEnd = history.madeCount >= minimumTokens
        if !mayEnd { for token in endTokens { logits.forbid(token) } }
        if matcher != nil {
            let canGoOn: Bool?
            do throws(GrammarError) {
                canGoOn = try matcher?.restrict(&logits, mayEnd: mayEnd)
            } catch {
                throw .failed(error)
            }
            guard canGoOn == true else { throw .grammarComplete }
        }
        return logits
    }

    /// Whether the text so far is a whole one by the grammar.
    var isGrammarComplete: Bool? { matcher?.mayEnd }
}

extension [Float] {
    fileprivate mutating func forbid(_ token: Int32) {
        if indices.contains(Int(token)) { self[Int(token)] = -.infinity }
    }
}

/// A generator that goes its own way from here.
private struct Copy<Generator: RandomNumberGenerator>: RandomNumberGenerator {
    var generator: Generator
    init(_ generator: Generator) { self.generator = generator }
    mutating func next() -> UInt64 { generator.next() }
}
