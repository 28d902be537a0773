/// Chooses the next token from the model's logits.
///
/// A sampler of your own needs the first method alone. One that looks at what was written before, or
/// changes while it works, implements the second as well.
public protocol Sampler: Sendable {
    /// One token id.
    ///
    /// - Parameter logits: one number for each token of the vocabulary; the larger, the likelier.
    ///   Tokens that are not allowed have −∞.
    func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator) -> Int32

    /// One token id, for a text of which this much is known.
    mutating func sample(
        _ logits: [Float], after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) -> Int32
}

extension Sampler {
    /// The default: what came before does not matter.
    public mutating func sample(
        _ logits: [Float], after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) -> Int32 {
        sample(logits, using: &generator)
    }
}

/// The tokens so far: the prompt, and what was made after it.
public struct TokenHistory: Sendable, Equatable {
    /// All of them, oldest first.
    public private(set) var tokens: [Int32]
    /// How many of them are the prompt.
    public let promptCount: Int

    /// A prompt, and what was made after it.
    public init(prompt: [Int32] = [], made: [Int32] = []) {
        tokens = prompt + made
        promptCount = prompt.count
    }

    /// How many were made.
    public var madeCount: Int { tokens.count - promptCount }

    /// The last `window` tokens, or all.
    func suffix(_ window: Int?) -> ArraySlice<Int32> {
        window.map { tokens.suffix($0) } ?? tokens[...]
    }

    mutating func append(_ token: Int32) { tokens.append(token) }
}

/// Always the likeliest token.
public struct GreedySampler: Sampler {
    /// A sampler without choice.
    public init() {}

    /// The position of the largest logit, the first of equals. A logit that is not a number is never
    /// the largest.
    public func sample(_ logits: [Float], using generator: inout some RandomNumberGenerator)
        -> Int32
    {
        Int32(logits.indexOfLargest)
    }
}

extension Sampler where Self == GreedySampler {
    /// Always the likeliest token.
    public static var greedy: GreedySampler { GreedySampler() }
}

extension [Float] {
    /// The position of the largest number, the first of equals; 0 if there is none.
    var indexOfLargest: Int {
        var best = 0
        var largest = -Float.infinity
        for index in indices where self[index] > largest {
            best = index
            largest = self[index]
        }
        return best
    }
}
