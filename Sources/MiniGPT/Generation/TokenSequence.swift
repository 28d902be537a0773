import MiniTensor

/// The tokens a model makes from a prompt, one after the other, without an end of its own.
///
///     for token in TokenSequence(model, prompt: ids, sampler: .greedy, seed: 7).prefix(100) { … }
///
/// Each token is chosen by the sampler from the logits of the last position, appended, and the model
/// asked again. Beyond the context length the oldest tokens are forgotten.
public struct TokenSequence<Chooser: Sampler>: Sequence, Sendable {
    private let model: GPT
    private let prompt: [Int32]
    private let sampler: Chooser
    private let seed: UInt64

    /// The continuation of a prompt.
    ///
    /// - Precondition: the prompt has at least one token; all are in the vocabulary.
    public init(_ model: GPT, prompt: [Int32], sampler: Chooser, seed: UInt64) {
        precondition(!prompt.isEmpty, "A model needs at least one token to continue from.")
        self.model = model
        self.prompt = prompt
        self.sampler = sampler
        self.seed = seed
    }

    /// Starts from the prompt.
    public func makeIterator() -> Iterator {
        Iterator(model: model, window: prompt, sampler: sampler, generator: SplitMix64(seed: seed))
    }

    /// Makes one token at a time.
    public struct Iterator: IteratorProtocol {
        fileprivate let model: GPT
        fileprivate var window: [Int32]
        fileprivate let sampler: Chooser
        fileprivate var generator: SplitMix64

        /// The next token; never `nil`.
        public mutating func next() -> Int32? {
            window = window.suffix(model.configuration.contextLength)
            let logits = model.nextTokenLogits(after: window)
            let token = sampler.sample(logits, using: &generator)
            window.append(token)
            return token
        }
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
