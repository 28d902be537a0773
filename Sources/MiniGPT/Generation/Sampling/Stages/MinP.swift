import Foundation

/// Leaves tokens at least p times as probable as the likeliest one.
///
/// Nguyen et al. 2024, "Turning up the heat: min-p sampling". In logits: at least the largest + ln p.
public struct MinP: SamplerStage {
    /// The share of the largest probability.
    public var p: Float
    /// So many stay in any case.
    public var minimumKept: Int

    /// The share of the largest probability; 0 for off.
    public init(_ p: Float, minimumKept: Int = 1) {
        self.p = p
        self.minimumKept = minimumKept
    }

    /// Its name in reports.
    public var name: SamplerStageName { .minP }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { p == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.share("minP", p)
        try Check.atLeast(1, "minimumKept", minimumKept)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard p > 0 else { return }
        let least = candidates.best.logit + log(p)
        if minimumKept > 1 {
            let enough = candidates.entries.count { $0.logit >= least }
            guard enough >= minimumKept else { return candidates.keepLargest(minimumKept) }
        }
        candidates.keep { $0.logit >= least }
    }
}
