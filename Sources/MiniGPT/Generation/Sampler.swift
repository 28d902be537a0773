import Foundation

/// Chooses the next token from the model's logits.
public protocol Sampler: Sendable {
    /// One token id.
    ///
    /// - Parameter logits: one number for each token of the vocabulary; the larger, the likelier.
    func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator) -> Int32
}

/// Always the likeliest token.
public struct GreedySampler: Sampler {
    /// A sampler without choice.
    public init() {}

    /// The position of the largest logit, the first of equals.
    public func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator)
        -> Int32
    {
        var best = 0
        for (token, logit) in logits.enumerated() where logit > logits[best] { best = token }
        return Int32(best)
    }
}

/// Draws a token with the probability the model gives it, after sharpening and cutting:
/// temperature, then the k likeliest, then the likeliest that together reach p.
///
/// Top-k: Fan et al. 2018. Top-p: Holtzman et al. 2020, "The curious case of neural text
/// degeneration". The order is Hugging Face's.
public struct CategoricalSampler: Sampler {
    /// Below 1 makes likely tokens likelier; 0 is greedy.
    public var temperature: Float
    /// How many of the likeliest tokens can be drawn; 0 for all.
    public var topK: Int
    /// The share of probability that can be drawn, from the likeliest down; 1 for all.
    public var topP: Float

    /// A sampler; the defaults draw from the model's own probabilities.
    ///
    /// - Precondition: temperature ≥ 0, topK ≥ 0, 0 < topP ≤ 1.
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
        let largest = logits.max() ?? 0
        var weights = logits.map { exp(($0 - largest) / temperature) }
        var candidates = Array(weights.indices)
        if topK > 0 && topK < weights.count || topP < 1 {
            candidates.sort { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 }
        }
        if topK > 0 { candidates = Array(candidates.prefix(topK)) }
        if topP < 1 { candidates = nucleus(candidates, weights) }
        weights = candidates.map { weights[$0] }
        var remaining = generator.nextUniform() * weights.reduce(0, +)
        for (candidate, weight) in zip(candidates, weights) {
            remaining -= weight
            if remaining < 0 { return Int32(candidate) }
        }
        return Int32(candidates.last ?? 0)
    }

    /// The fewest candidates, likeliest first, whose probabilities add up to `topP`.
    private func nucleus(_ candidates: [Int], _ weights: [Float]) -> [Int] {
        let enough = topP * candidates.reduce(0) { $0 + weights[$1] }
        var sum: Float = 0
        for (place, candidate) in candidates.enumerated() {
            sum += weights[candidate]
            if sum >= enough { return Array(candidates.prefix(place + 1)) }
        }
        return candidates
    }
}

extension Sampler where Self == GreedySampler {
    /// Always the likeliest token.
    public static var greedy: GreedySampler { GreedySampler() }
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
