import MiniGPT

/// Several tokenizers on one text: how far a token of each reaches, and how fast it cuts.
public struct TokenizerContest: Sendable, Codable {
    /// What one of them made of the text.
    public struct Entry: Sendable, Codable {
        /// The tokenizer's name, as given.
        public var name: String
        /// How many tokens it has.
        public var vocabularySize: Int
        /// How many tokens the text takes; `nil` if the tokenizer refuses the text.
        public var tokens: Int?
        /// How many different tokens the text takes.
        public var distinctTokens: Int
        /// The text's bytes for each token.
        public var bytesPerToken: Double?
        /// The share of the text's characters that it cannot write.
        public var unknownShare: Double
        /// How long encoding the text took, in seconds.
        public var seconds: Double
    }

    /// The size of the text.
    public var bytes: Int
    /// The tokenizers' figures, in the order given.
    public var entries: [Entry]

    /// Lets each encode the text.
    public init(on text: String, _ tokenizers: [(name: String, tokenizer: any TextTokenizer)]) {
        let clock = ContinuousClock()
        bytes = text.utf8.count
        entries = tokenizers.map { name, tokenizer in
            let seconds = clock.measure { _ = try? tokenizer.encode(text) } / .seconds(1)
            let measured = TokenizerComparison(on: text, [(name, tokenizer)]).entries[0]
            return Entry(
                name: name, vocabularySize: measured.vocabularySize, tokens: measured.tokenCount,
                distinctTokens: measured.distinctTokens, bytesPerToken: measured.bytesPerToken,
                unknownShare: measured.unknownShare, seconds: seconds)
        }
    }
}
