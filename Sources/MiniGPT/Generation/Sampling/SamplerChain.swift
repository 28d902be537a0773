/// Stages one after the other, and a draw from what they leave.
///
///     let chain = try SamplerChain([TopK(40), TopP(0.95), Temperature(0.8)])
///     for try await event in try model.generate("ROMEO:", tokenizer: tokenizer, sampler: chain) { … }
///
/// The order matters: a temperature before top-p changes how many tokens reach p, one after it does
/// not. `SamplingParameters` builds the orders of Hugging Face and llama.cpp.
public struct SamplerChain: Sampler {
    /// The stages, first to last.
    public private(set) var stages: [any SamplerStage]

    /// A chain; without stages it draws from the model's own probabilities.
    ///
    /// - Throws: `GenerationParameterError`, which names a parameter that cannot be used.
    public init(_ stages: [any SamplerStage] = []) throws(GenerationParameterError) {
        for stage in stages { try stage.validate() }
        self.stages = stages
    }

    /// Draws one token, as if nothing came before.
    public func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator)
        -> Int32
    {
        var chain = self
        return chain.sample(logits, after: TokenHistory(), using: &generator)
    }

    /// Draws one token.
    public mutating func sample(
        _ logits: [Float], after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) -> Int32 {
        var candidates = Candidates(logits)
        for index in stages.indices {
            stages[index].apply(to: &candidates, after: history, using: &generator)
        }
        let (token, probability) = candidates.draw(using: &generator)
        for index in stages.indices { stages[index].observe(token, probability: probability) }
        return token
    }

    /// What the stages leave of these logits, without drawing.
    public func candidates(
        _ logits: [Float], after history: TokenHistory = TokenHistory(),
        using generator: inout some RandomNumberGenerator
    ) -> Candidates {
        var stages = stages
        var candidates = Candidates(logits)
        for index in stages.indices {
            stages[index].apply(to: &candidates, after: history, using: &generator)
        }
        return candidates
    }
}
