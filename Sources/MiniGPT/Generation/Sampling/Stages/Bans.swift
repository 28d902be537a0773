/// Adds to the logits of single tokens; −∞ takes a token away.
///
/// Hugging Face's `sequence_bias` for sequences of one token, llama.cpp's and OpenAI's `logit_bias`.
public struct LogitBias: SamplerStage {
    /// What is added, by token.
    public var biases: [Int32: Float]

    /// What is added, by token.
    public init(_ biases: [Int32: Float]) { self.biases = biases }

    /// Its name in reports.
    public var name: SamplerStageName { .logitBias }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { biases.isEmpty }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        for (token, bias) in biases.sorted(by: { $0.key < $1.key })
        where !(bias.isFinite || bias == -.infinity) {
            throw GenerationParameterError(
                name: "logitBias", value: "\(bias) for token \(token)",
                allowed: "a number or minus infinity")
        }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) { candidates.change(biases) { $0 + $1 } }
}

/// Takes tokens away. If that are all, the likeliest stays.
///
/// Hugging Face's `suppress_tokens`.
public struct BannedTokens: SamplerStage {
    /// Which.
    public var tokens: Set<Int32>

    /// Takes these away.
    public init(_ tokens: Set<Int32>) { self.tokens = tokens }

    /// Its name in reports.
    public var name: SamplerStageName { .bannedTokens }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { tokens.isEmpty }
    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {}

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        let bans = Dictionary(uniqueKeysWithValues: tokens.map { ($0, ()) })
        candidates.change(bans) { _, _ in -.infinity }
    }
}

/// Takes the last token of a sequence away when the others just came.
///
/// Hugging Face's `bad_words_ids`. A word has several spellings in tokens (with and without a blank
/// before it); each is a sequence of its own.
public struct BannedSequences: SamplerStage {
    /// Which.
    public var sequences: [[Int32]]

    /// These do not come.
    public init(_ sequences: [[Int32]]) { self.sequences = sequences }

    /// Its name in reports.
    public var name: SamplerStageName { .bannedSequences }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { sequences.isEmpty }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        guard sequences.allSatisfy({ !$0.isEmpty }) else {
            throw GenerationParameterError(
                name: "bannedSequences", value: "with an empty sequence",
                allowed: "sequences of at least one token")
        }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        var bans: [Int32: Void] = [:]
        for sequence in sequences {
            guard let last = sequence.last, sequence.count - 1 <= history.tokens.count,
                history.tokens.suffix(sequence.count - 1).elementsEqual(sequence.dropLast())
            else { continue }
            bans[last] = ()
        }
        candidates.change(bans) { _, _ in -.infinity }
    }
}

/// Takes the tokens that end a text away until so many were made.
///
/// Hugging Face's `min_new_tokens`.
public struct MinimumLength: SamplerStage {
    /// How many are made in any case.
    public var tokens: Int
    /// What ends a text.
    public var endTokens: Set<Int32>

    /// At least so many.
    public init(_ tokens: Int, endTokens: Set<Int32>) {
        self.tokens = tokens
        self.endTokens = endTokens
    }

    /// Its name in reports.
    public var name: SamplerStageName { .minimumLength }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { tokens == 0 || endTokens.isEmpty }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.atLeast(0, "minimumLength", tokens)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard history.madeCount < tokens else { return }
        var bans = BannedTokens(endTokens)
        bans.apply(to: &candidates, after: history, using: &generator)
    }
}
