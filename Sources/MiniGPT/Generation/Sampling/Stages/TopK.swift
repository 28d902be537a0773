/// Leaves the k likeliest tokens; of equals, those with the lower id.
///
/// Fan et al. 2018, "Hierarchical neural story generation". 0 is off, as in llama.cpp; Hugging Face
/// refuses 0 here and takes it for off in `generate`.
public struct TopK: SamplerStage {
    /// How many.
    public var k: Int

    /// The k likeliest; 0 for all.
    public init(_ k: Int) { self.k = k }

    /// Its name in reports.
    public var name: SamplerStageName { .topK }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { k == 0 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.atLeast(0, "topK", k, note: " (0 for off)")
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) { apply(to: &candidates) }

    func apply(to candidates: inout Candidates) {
        if k > 0 { candidates.keepLargest(k) }
    }
}
