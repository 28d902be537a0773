import Foundation

/// Divides the logits by t: below 1 likely tokens become likelier, above 1 all become more alike.
/// At 0 the likeliest token is left.
public struct Temperature: SamplerStage {
    /// The divisor.
    public var temperature: Float

    /// The divisor; 0 for the likeliest token, 1 for off.
    public init(_ temperature: Float) { self.temperature = temperature }

    /// Its name in reports.
    public var name: SamplerStageName { .temperature }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { temperature == 1 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Check.number("temperature", temperature, "at least 0") { $0 >= 0 }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) { apply(to: &candidates) }

    func apply(to candidates: inout Candidates) {
        if temperature > 0 {
            candidates.divide(by: temperature)
        } else {
            candidates.keepLargest(1)
        }
    }
}

/// A temperature between `t − range` and `t + range` that rises with the model's doubt:
/// low + (high − low) · (H / ln n)^exponent, with the entropy H of the n candidates.
///
/// `llama_sampler_temp_ext` of llama.cpp. A range of 0 is a plain temperature.
public struct DynamicTemperature: SamplerStage {
    /// The middle.
    public var temperature: Float
    /// How far from it.
    public var range: Float
    /// How it follows the entropy.
    public var exponent: Float

    /// A temperature around a middle.
    public init(_ temperature: Float, range: Float, exponent: Float = 1) {
        self.temperature = temperature
        self.range = range
        self.exponent = exponent
    }

    /// Its name in reports.
    public var name: SamplerStageName { .dynamicTemperature }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { range == 0 && temperature == 1 }

    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {
        try Temperature(temperature).validate()
        try Check.number("dynamicTemperatureRange", range, "at least 0") { $0 >= 0 }
        try Check.number("dynamicTemperatureExponent", exponent, "at least 0") { $0 >= 0 }
    }

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) {
        guard range > 0 else { return Temperature(temperature).apply(to: &candidates) }
        guard candidates.count > 1 else { return }
        let low = max(0, temperature - range)
        let doubt = Float(candidates.entropy() / log(Double(candidates.count)))
        Temperature(low + (temperature + range - low) * pow(doubt, exponent)).apply(to: &candidates)
    }
}

/// Leaves the likeliest token.
public struct Greedy: SamplerStage {
    /// A stage without choice.
    public init() {}

    /// Its name in reports.
    public var name: SamplerStageName { .greedy }
    /// Whether it changes nothing, by its parameters.
    public var isOff: Bool { false }
    /// Refuses parameters that cannot be used, by name.
    public func validate() throws(GenerationParameterError) {}

    /// Does to the candidates what the type says.
    public mutating func apply(
        to candidates: inout Candidates, after history: TokenHistory,
        using generator: inout some RandomNumberGenerator
    ) { candidates.keepLargest(1) }
}
