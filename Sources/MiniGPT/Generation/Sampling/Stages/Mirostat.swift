import Foundation

/// Keeps the surprise of the text near τ: leaves tokens whose surprise −log₂ p is at most μ, and moves
/// μ by −η · (surprise of the chosen token − τ) after each.
///
/// Basu et al. 2021, "Mirostat", version 2, as `llama_sampler_mirostat_v2` of llama.cpp. Put it last:
/// it measures the surprise in the distribution that is drawn from.
public struct Mirostat: SamplerStage {
    /// The surprise to keep, in bits.
    public var target: Float
    /// How fast it adapts.
    public var rate: Float
    /// The largest surprise allowed now, in bits: 2τ at first.
    public private(set) var limit: Float

    /// Keeps the surprise near `target` (τ), adapting at `rate` (η).
    public init(target: Float = 5, rate: Float = 0.1) {
        self.target = target
        self.rate = rate
        limit = 2 * target
    }

    /// Its name in reports.
    public var name: SamplerStageName { .mirostat }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { false }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("mirostatTarget", target, "at least 0") { $0 >= 0 }
        try Check.number("mirostatRate", rate, "at least 0") { $0 >= 0 }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        // −log₂ p ≤ μ, in logits: logit ≥ largest + ln Σ − μ ln 2.
        let least =
            Double(candidates.best.logit) + log(candidates.weights().total)
            - Double(limit) * log(2)
        candidates.keep { Double($0.logit) >= least }
    }

    /// Moves the limit.
    public mutating func observe(_ token: Int32, probability: Float) {
        limit -= rate * (-log2(probability) - target)
    }
}
