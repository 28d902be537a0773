/// Leaves tokens whose logit is at most n standard deviations below the largest.
///
/// Tang et al. 2024, "Top-nσ: not all logits are you need". The deviation is that of the logits of
/// all candidates (divided by their number), as `llama_sampler_top_n_sigma` in llama.cpp has it. It
/// does not depend on the temperature: both sides of the comparison scale.
public struct TopNSigma: SamplerStage {
    /// How many standard deviations.
    public var n: Float

    /// How many standard deviations; 0 for off.
    public init(_ n: Float) { self.n = n }

    /// Its name in reports.
    public var name: SamplerStageName { .topNSigma }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { n == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("topNSigma", n, "at least 0 (0 for off)") { $0 >= 0 }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard n > 0, candidates.count > 1 else { return }
        let count = Double(candidates.count)
        let mean = candidates.entries.reduce(0) { $0 + Double($1.logit) } / count
        let variance =
            candidates.entries.reduce(0) { sum, entry in
                let difference = Double(entry.logit) - mean
                return sum + difference * difference
            } / count
        let least = Double(candidates.best.logit) - Double(n) * variance.squareRoot()
        candidates.keep { Double($0.logit) >= least }
    }
}
