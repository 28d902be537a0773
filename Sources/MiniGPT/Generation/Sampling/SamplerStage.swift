/// A step on the way from logits to a token: it takes candidates away or changes their logits.
///
/// Each stage is a small value; a `SamplerChain` has any of them in any order. Only a few look at
/// the text so far, at chance, or at what was chosen.
public protocol SamplerStage: Sendable {
    /// What reports call it.
    var name: SamplerStageName { get }
    /// Whether it changes nothing, by its parameters.
    var isOff: Bool { get }
    /// Checks its parameters.
    ///
    /// - Throws: `GenerationParameterError`, which names the first that cannot be used.
    func validate() throws(GenerationParameterError)
    /// Takes candidates away or changes their logits.
    mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator)
    /// Learns which token was chosen in the end, and how probable it was among those left.
    mutating func observe(_ token: Int32, probability: Float)
}

extension SamplerStage {
    /// The default: it does not matter.
    public mutating func observe(_ token: Int32, probability: Float) {}
}

/// The stages there are.
public enum SamplerStageName: String, Sendable, CaseIterable, Codable {
    case logitBias, bannedTokens, bannedSequences, minimumLength
    case repetitionPenalty, frequencyPenalty, presencePenalty, dry
    case greedy, temperature, dynamicTemperature
    case topK, topP, minP, typicalP, topNSigma, xtc, mirostat
    /// One of your own.
    case custom
}

/// A parameter that cannot be used.
public struct GenerationParameterError: Error, Equatable, CustomStringConvertible {
    /// Its name, as `SamplingParameters` or `GenerationOptions` spell it.
    public let name: String
    /// What was given.
    public let value: String
    /// What it must be.
    public let allowed: String

    /// An error about one parameter.
    public init(name: String, value: String, allowed: String) {
        self.name = name
        self.value = value
        self.allowed = allowed
    }

    /// The error as a sentence.
    public var description: String { "\(name) is \(value), but must be \(allowed)." }
}

/// Checks of numbers that came from a user.
enum Check {
    static func number(
        _ name: String, _ value: Float, _ allowed: String, _ isAllowed: (Float) -> Bool
    ) throws(GenerationParameterError) {
        // No comparison with NaN is true, so it fails whatever is asked.
        guard isAllowed(value), value.isFinite else {
            throw GenerationParameterError(name: name, value: "\(value)", allowed: allowed)
        }
    }

    static func share(_ name: String, _ value: Float) throws(GenerationParameterError) {
        try number(name, value, "from 0 to 1") { $0 >= 0 && $0 <= 1 }
    }

    static func atLeast(
        _ least: Int, _ name: String, _ value: Int, note: String = ""
    ) throws(GenerationParameterError) {
        guard value >= least else {
            throw GenerationParameterError(
                name: name, value: "\(value)", allowed: "at least \(least)\(note)")
        }
    }

    static func window(_ name: String, _ value: Int?) throws(GenerationParameterError) {
        if let value { try atLeast(0, name, value, note: " (0 for off)") }
    }
}
