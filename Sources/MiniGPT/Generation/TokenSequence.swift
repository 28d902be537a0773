import MiniNN
import MiniTensor

/// The tokens a model makes from a prompt, one after the other, without an end of its own.
///
///     for token in TokenSequence(model, prompt: ids, sampler: .greedy, seed: 7).prefix(100) { … }
///
/// Each token is chosen by the sampler from the logits of the last position, appended, and the model
/// asked again. Beyond the context length the context policy decides; with `.stop` the sequence ends
/// there.
public struct TokenSequence<Predictor: TokenPredictor, Chooser: Sampler>: Sequence, Sendable {
    private let predictor: Predictor
    private let prompt: [Int32]
    private let sampler: Chooser
    private let seed: UInt64
    private var options = GenerationOptions()

    /// The continuation of a prompt. What the predictor has read already and the prompt begins with is
    /// not read again.
    ///
    /// - Parameters:
    ///   - drafter: guesses tokens that the model then checks several at a time; the tokens are the
    ///     same with any.
    ///   - draftLength: how many it may guess at once.
    /// - Precondition: the prompt has at least one token; all are in the vocabulary; the policy fits
    ///   the context.
    public init(
        _ predictor: Predictor, prompt: [Int32], sampler: Chooser, seed: UInt64,
        context: ContextPolicy = .slide(), drafter: (any Drafter)? = nil, draftLength: Int = 8
    ) {
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        options.context = context
        options.drafter = drafter
        options.draftLength = draftLength
        do {
            try options.validate(contextLength: predictor.contextLength)
        } catch {
            preconditionFailure(error.description)
        }
        self.predictor = predictor
        self.prompt = prompt
        self.sampler = sampler
        self.seed = seed
    }

    /// Starts from the prompt.
    public func makeIterator() -> Iterator {
        Iterator(
            engine: TokenEngine(
                predictor, prompt: prompt, sampler: sampler, options: options, endTokens: []),
            generator: SplitMix64(seed: seed))
    }

    /// Makes one token at a time.
    public struct Iterator: IteratorProtocol {
        fileprivate var engine: TokenEngine<Predictor, Chooser>
        fileprivate var generator: SplitMix64
        private var hasReadPrompt = false

        fileprivate init(engine: TokenEngine<Predictor, Chooser>, generator: SplitMix64) {
            self.engine = engine
            self.generator = generator
        }

        /// The next token; `nil` only when the context is full and shall not slide.
        public mutating func next() -> Int32? {
            if !hasReadPrompt {
                _ = engine.readPrompt()
                hasReadPrompt = true
            }
            return try? engine.next(using: &generator)
        }

        /// How many tokens were guessed by the drafter, and how many of them were right.
        public var drafts: (made: Int, right: Int) { (engine.drafted, engine.accepted) }
    }
}

extension TokenSequence where Predictor == StandardPredictor {
    /// The continuation of a prompt by a model.
    ///
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    public init(
        _ model: GPT, prompt: [Int32], sampler: Chooser, seed: UInt64,
        context: ContextPolicy = .slide()
    ) {
        self.init(
            StandardPredictor(model), prompt: prompt, sampler: sampler, seed: seed,
            context: context)
    }
}

extension GPT {
    /// The logits of the token after these, one number for each token of the vocabulary.
    ///
    /// - Precondition: between 1 and `contextLength` tokens.
    public func nextTokenLogits(after tokens: [Int32]) -> [Float] {
        let x = representation(of: TokenBatch(tokens))
        return logits(of: x[.ellipsis, (-1)..., .all]).scalars
    }
}
