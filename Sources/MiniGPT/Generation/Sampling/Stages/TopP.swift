import Foundation

/// Leaves the fewest of the likeliest tokens whose probabilities add up to p.
///
/// Holtzman et al. 2020, "The curious case of neural text degeneration". The token that reaches p
/// stays, as in Hugging Face and llama.cpp.
public struct TopP: SamplerStage {
    /// The share of probability that stays.
    public var p: Float
    /// So many stay in any case.
    public var minimumKept: Int

    /// The share that stays; 1 for all.
    public init(_ p: Float, minimumKept: Int = 1) {
        self.p = p
        self.minimumKept = minimumKept
    }

    /// Its name in reports.
    public var name: SamplerStageName { .topP }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { p == 1 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.share("topP", p)
        try Check.atLeast(1, "minimumKept", minimumKept)
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) { apply(to: &candidates) }

    func apply(to candidates: inout Candidates) {
        guard p < 1 else { return }
        let enough = Double(p) * candidates.weights().total
        let largest = candidates.best.logit
        var sum = 0.0
        var kept = 0
        var sorted = 0
        while kept < candidates.count {
            if kept == sorted {
                // The likeliest are enough most of the time; ask for more as it goes on.
                sorted = min(max(64, 4 * sorted), candidates.count)
                candidates.sortFirst(sorted)
            }
            sum += Double(exp(candidates.entries[kept].logit - largest))
            kept += 1
            if sum >= enough { break }
        }
        candidates.keepLargest(max(kept, minimumKept))
    }
}
