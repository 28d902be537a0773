/// What a stage did to the distribution.
public struct StageReport: Sendable, Equatable {
    /// Which stage.
    public let stage: SamplerStageName
    /// What came to it.
    public let before: TokenDistribution
    /// What it left.
    public let after: TokenDistribution
}

/// A distribution over tokens, in short.
public struct TokenDistribution: Sendable, Equatable {
    /// A token and how probable it is.
    public struct Entry: Sendable, Equatable {
        /// The token.
        public let token: Int32
        /// Its share, from 0 to 1.
        public let probability: Float
    }

    /// How many tokens can be chosen.
    public let count: Int
    /// How open the choice is, in nats.
    public let entropy: Double
    /// The likeliest, in order.
    public let top: [Entry]

    /// The distribution of candidates, and its likeliest `limit` tokens.
    public init(_ candidates: Candidates, limit: Int) {
        var candidates = candidates
        candidates.sortFirst(limit)
        count = candidates.count
        entropy = candidates.entropy()
        top = zip(candidates.entries.prefix(limit), candidates.probabilities()).map {
            Entry(token: $0.token, probability: $1)
        }
    }
}

extension SamplerChain {
    /// What each stage would do to these logits: the distribution before and after it.
    ///
    /// Nothing changes: neither the chain nor the generator. The stages see the same random numbers
    /// as in the `sample` to come.
    ///
    /// - Parameter limit: how many of the likeliest tokens a distribution lists.
    public func report(
        _ logits: [Float], after history: TokenHistory = TokenHistory(), limit: Int = 10,
        using generator: some RandomNumberGenerator
    ) -> [StageReport] {
        var stages = stages
        var generator = generator
        var candidates = Candidates(logits)
        var before = TokenDistribution(candidates, limit: limit)
        return stages.indices.map { index in
            stages[index].apply(to: &candidates, after: history, using: &generator)
            let after = TokenDistribution(candidates, limit: limit)
            defer { before = after }
            return StageReport(stage: stages[index].name, before: before, after: after)
        }
    }
}
