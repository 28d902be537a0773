/// Draws a token with the probability the model gives it, after sharpening and cutting:
/// temperature, then the k likeliest, then the likeliest that together reach p.
///
/// The short way to the three that are used most; `SamplerChain` has all of them, in any order. The
/// order here is Hugging Face's.
public struct CategoricalSampler: Sampler {
    /// Below 1 makes likely tokens likelier; 0 is greedy.
    public var temperature: Float
    /// How many of the likeliest tokens can be drawn; 0 for all.
    public var topK: Int
    /// The share of probability that can be drawn, from the likeliest down; 1 for all.
    public var topP: Float

    /// A sampler; the defaults draw from the model's own probabilities.
    ///
    /// - Precondition: temperature ≥ 0, topK ≥ 0, 0 < topP ≤ 1. Numbers from a user belong into a
    ///   `SamplerChain`, which throws.
    public init(temperature: Float = 1, topK: Int = 0, topP: Float = 1) {
        precondition(
            temperature >= 0 && temperature.isFinite,
            "The temperature must be 0 or above, but is \(temperature).")
        precondition(topK >= 0, "topK must be 0 (off) or above, but is \(topK).")
        precondition(topP > 0 && topP <= 1, "topP must be above 0 and at most 1, but is \(topP).")
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
    }

    /// Draws one token.
    public func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator)
        -> Int32
    {
        if temperature == 0 { return GreedySampler().sample(logits, using: &generator) }
        var candidates = Candidates(logits)
        Temperature(temperature).apply(to: &candidates)
        TopK(topK).apply(to: &candidates)
        TopP(topP).apply(to: &candidates)
        return candidates.draw(using: &generator).token
    }
}

extension Sampler where Self == CategoricalSampler {
    /// Draws from the model's probabilities, sharpened by the temperature.
    public static func temperature(_ temperature: Float) -> CategoricalSampler {
        CategoricalSampler(temperature: temperature)
    }

    /// Draws from the k likeliest tokens.
    public static func topK(_ k: Int, temperature: Float = 1) -> CategoricalSampler {
        CategoricalSampler(temperature: temperature, topK: k)
    }

    /// Draws from the likeliest tokens that together have the probability p.
    public static func topP(_ p: Float, temperature: Float = 1) -> CategoricalSampler {
        CategoricalSampler(temperature: temperature, topP: p)
    }
}
