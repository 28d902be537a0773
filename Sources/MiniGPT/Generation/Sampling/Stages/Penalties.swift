/// Makes tokens that came before less likely: a positive logit is divided by the penalty, another one
/// multiplied by it.
///
/// Keskar et al. 2019, "CTRL", with the sign handled as Hugging Face and llama.cpp do.
public struct RepetitionPenalty: SamplerStage {
    /// Above 1 against repetition.
    public var penalty: Float
    /// How many of the last tokens count, the prompt's included.
    public var window: Int?

    /// A penalty; 1 for off. A window of `nil` is all tokens, as in Hugging Face; llama.cpp's default
    /// is 64.
    public init(_ penalty: Float, window: Int? = nil) {
        self.penalty = penalty
        self.window = window
    }

    /// Its name in reports.
    public var name: SamplerStageName { .repetitionPenalty }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { penalty == 1 || window == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("repetitionPenalty", penalty, "above 0") { $0 > 0 }
        try Check.window("penaltyWindow", window)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !isOff else { return }
        candidates.change(history.counts(window)) { logit, _ in
            logit > 0 ? logit / penalty : logit * penalty
        }
    }
}

/// Takes the penalty from the logit of a token once for each time it came before.
///
/// As OpenAI's API and llama.cpp define it. A negative one favours what came before.
public struct FrequencyPenalty: SamplerStage {
    /// Taken from the logit for each time.
    public var penalty: Float
    /// How many of the last tokens count, the prompt's included.
    public var window: Int?

    /// A penalty; 0 for off.
    public init(_ penalty: Float, window: Int? = nil) {
        self.penalty = penalty
        self.window = window
    }

    /// Its name in reports.
    public var name: SamplerStageName { .frequencyPenalty }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { penalty == 0 || window == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("frequencyPenalty", penalty, "a finite number") { $0.isFinite }
        try Check.window("penaltyWindow", window)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !isOff else { return }
        candidates.change(history.counts(window)) { $0 - Float($1) * penalty }
    }
}

/// Takes the penalty from the logit of a token that came before, however often.
///
/// As OpenAI's API and llama.cpp define it. A negative one favours what came before.
public struct PresencePenalty: SamplerStage {
    /// Taken from the logit.
    public var penalty: Float
    /// How many of the last tokens count, the prompt's included.
    public var window: Int?

    /// A penalty; 0 for off.
    public init(_ penalty: Float, window: Int? = nil) {
        self.penalty = penalty
        self.window = window
    }

    /// Its name in reports.
    public var name: SamplerStageName { .presencePenalty }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { penalty == 0 || window == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("presencePenalty", penalty, "a finite number") { $0.isFinite }
        try Check.window("penaltyWindow", window)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !isOff else { return }
        candidates.change(history.counts(window)) { logit, _ in logit - penalty }
    }
}

extension TokenHistory {
    /// How often each of the last `window` tokens came.
    fileprivate func counts(_ window: Int?) -> [Int32: Int] {
        var counts: [Int32: Int] = [:]
        for token in suffix(window) { counts[token, default: 0] += 1 }
        return counts
    }
}
