import MiniNN
import MiniTensor

/// "Exclude top choices": with a probability, takes away all tokens that reach the threshold but the
/// least likely of them.
///
/// As `llama_sampler_xtc` of llama.cpp, after p-e-w's proposal for text-generation-webui (2024). At
/// thresholds above 0.5 it does nothing: two tokens cannot reach them.
public struct XTC: SamplerStage {
    /// How often it acts.
    public var probability: Float
    /// What counts as a top choice.
    public var threshold: Float
    /// It does not act if fewer would be left.
    public var minimumKept: Int

    /// A probability of 0 is off.
    public init(probability: Float, threshold: Float = 0.1, minimumKept: Int = 1) {
        self.probability = probability
        self.threshold = threshold
        self.minimumKept = minimumKept
    }

    /// Its name in reports.
    public var name: SamplerStageName { .xtc }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { probability == 0 || threshold > 0.5 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.share("xtcProbability", probability)
        try Check.share("xtcThreshold", threshold)
        try Check.atLeast(1, "minimumKept", minimumKept)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !isOff, candidates.count > 1 else { return }
        guard generator.nextUniform() < probability else { return }
        let reaching = candidates.probabilities().count { $0 >= threshold }
        guard reaching > 1, candidates.count - (reaching - 1) >= minimumKept else { return }
        candidates.dropLargest(reaching - 1)
    }
}
