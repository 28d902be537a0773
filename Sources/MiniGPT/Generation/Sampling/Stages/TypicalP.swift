import Foundation

/// Leaves the tokens whose surprise is closest to what the model expects, until their probabilities
/// add up to p: the order is by |−ln pᵢ − H|, with the entropy H = −Σ pᵢ ln pᵢ.
///
/// Meister et al. 2022, "Locally typical sampling". The likeliest token can be taken away.
public struct TypicalP: SamplerStage {
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
    public var name: SamplerStageName { .typicalP }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { p == 1 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.share("typicalP", p)
        try Check.atLeast(1, "minimumKept", minimumKept)
    }

    private struct Entry {
        let distance: Double
        let token: Int32
        let p: Double
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard p < 1 else { return }
        let weights = candidates.weights()
        let sum = weights.total
        let entropy = candidates.entropy()
        let (largest, logSum) = (Double(candidates.best.logit), log(sum))
        var order = zip(candidates.entries, weights).map { entry, weight in
            let surprise = logSum - (Double(entry.logit) - largest)
            return Entry(
                distance: abs(surprise - entropy), token: entry.token, p: Double(weight) / sum)
        }
        let target = Double(p)
        var mass = 0.0
        var kept = 0
        var sorted = 0
        while kept < order.count {
            if kept == sorted {
                let more = max(64, 3 * sorted)
                order.sortFirst(more, from: sorted) {
                    $0.distance != $1.distance ? $0.distance < $1.distance : $0.token < $1.token
                }
                sorted = min(sorted + more, order.count)
            }
            mass += order[kept].p
            kept += 1
            if mass >= target, kept >= minimumKept { break }
        }
        let tokens = Set(order[..<kept].map(\.token))
        candidates.keep { tokens.contains($0.token) }
    }
}
