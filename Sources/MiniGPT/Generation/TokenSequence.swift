import MiniNN
import MiniTensor

/// The tokens a model generates from a prompt, one after the other, without an end of its own: for
/// work on tokens, without a tokenizer. Texts are `TextGenerator`'s.
///
///     for token in TokenSequence(model, prompt: ids, sampler: .greedy, seed: 7).prefix(100) { … }
///
/// Each token is chosen by the sampler from the logits of the last position, appended, and the model
/// asked again. Beyond the context length the context policy decides; with `.stop` the sequence ends
/// there. With a grammar it ends where nothing more is allowed; the iterator's `failure` says whether
/// the grammar could not be continued.
public struct TokenSequence<Predictor: TokenPredictor, Chooser: Sampler>: Sequence, Sendable {
    private let predictor: Predictor
    private let prompt: [Int32]
    private let sampler: Chooser
    private var options = GenerationOptions()

    /// The continuation of a prompt. What the predictor has read already and the prompt begins with is
    /// not read again.
    ///
    /// - Parameters:
    ///   - predictor: a model, and what it has read.
    ///   - seed: decides the sampler's choices.
    ///   - constraint: restricts the tokens to a grammar.
    ///   - drafter: guesses tokens that the model then checks several at a time; the tokens are the
    ///     same with any.
    ///   - draftLength: how many it may guess at once.
    /// - Precondition: the prompt has at least one token; all are in the vocabulary; the policy fits
    ///   the context.
    public init(
        _ predictor: Predictor, prompt: [Int32], sampler: Chooser, seed: UInt64,
        context: ContextPolicy = .slide(), constraint: TokenConstraint? = nil,
        drafter: (any Drafter)? = nil, draftLength: Int = 8
    ) {
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        options.seed = seed
        options.context = context
        options.constraint = constraint
        options.drafter = drafter
        options.draftLength = draftLength
        do {
            try options.check(
                prompt, vocabularySize: predictor.vocabularySize,
                contextLength: predictor.contextLength)
        } catch {
            preconditionFailure(error.description)
        }
        self.predictor = predictor
        self.prompt = prompt
        self.sampler = sampler
    }

    /// Starts from the prompt.
    public func makeIterator() -> Iterator {
        Iterator(
            reader: SpeculativeReader(predictor, options: options, endTokens: []),
            text: TokenContinuation(
                prompt: prompt, sampler: sampler, options: options, endTokens: [],
                vocabularySize: predictor.vocabularySize, contextLength: predictor.contextLength),
            generator: SplitMix64(seed: options.seed))
    }

    /// Generates one token at a time.
    public struct Iterator: IteratorProtocol {
        fileprivate var reader: SpeculativeReader<Predictor>
        fileprivate var text: TokenContinuation<Chooser>
        fileprivate var generator: SplitMix64
        private var end: GenerationEnd?

        fileprivate init(
            reader: SpeculativeReader<Predictor>, text: TokenContinuation<Chooser>,
            generator: SplitMix64
        ) {
            self.reader = reader
            self.text = text
            self.generator = generator
        }

        /// The next token; `nil` when the context is full and shall not slide, when the grammar allows
        /// no further token, and after a `failure`.
        public mutating func next() -> Int32? {
            guard end == nil else { return nil }
            do throws(GenerationEnd) {
                let reading = try text.reading(after: reader.tokens)
                let (logits, _) = reader.read(reading, of: text.history)
                return try text.choose(after: logits, using: &generator)
            } catch {
                end = error
                return nil
            }
        }

        /// Why the sequence ended although its tokens should go on: the vocabulary cannot continue
        /// the grammar. `nil` before the end and after a proper one.
        public var failure: GenerationError? {
            if case .failed(let error) = end { .grammar(error) } else { nil }
        }

        /// How many tokens were guessed by the drafter, and how many of them were right.
        public var drafts: (made: Int, right: Int) { (reader.drafted, reader.accepted) }
    }
}

extension TokenSequence {
    /// The continuation of a prompt by a model.
    ///
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    public init<Model: LanguageModel>(
        _ model: Model, prompt: [Int32], sampler: Chooser, seed: UInt64,
        context: ContextPolicy = .slide()
    ) where Predictor == Model.Predictor {
        self.init(
            model.predictor(), prompt: prompt, sampler: sampler, seed: seed,
            context: context)
    }
}
