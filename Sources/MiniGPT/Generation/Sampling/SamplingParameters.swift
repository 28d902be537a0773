/// All that can be set about sampling, in one value: for flags, requests and sliders.
///
/// The defaults change nothing. `chain(order:)` makes the chain; stages that are off are left out.
public struct SamplingParameters: Sendable, Equatable {
    /// Divides the logits; 0 for the likeliest token.
    public var temperature: Float = 1
    /// How far the temperature follows the model's doubt; 0 for not at all.
    public var dynamicTemperatureRange: Float = 0
    /// How the temperature follows the entropy.
    public var dynamicTemperatureExponent: Float = 1
    /// How many of the likeliest tokens stay; 0 for all.
    public var topK = 0
    /// The share of probability that stays, from the likeliest down; 1 for all.
    public var topP: Float = 1
    /// The least share of the largest probability; 0 for none.
    public var minP: Float = 0
    /// The share of probability that stays, from the most typical down; 1 for all.
    public var typicalP: Float = 1
    /// How many standard deviations below the largest logit stay; 0 for all.
    public var topNSigma: Float = 0
    /// Divides logits of what came before; 1 for off.
    public var repetitionPenalty: Float = 1
    /// Taken from logits for each time they came before.
    public var frequencyPenalty: Float = 0
    /// Taken from logits of what came before.
    public var presencePenalty: Float = 0
    /// How many of the last tokens the three penalties look at; `nil` for all.
    public var penaltyWindow: Int?
    /// The penalty of a repetition; 0 for off.
    public var dryMultiplier: Float = 0
    /// How it grows with the repetition's length.
    public var dryBase: Float = 1.75
    /// Shorter repetitions are free.
    public var dryAllowedLength = 2
    /// How many of the last tokens are searched for repetitions; `nil` for all.
    public var dryWindow: Int?
    /// Where repetitions end; `DRY.breakers(_:tokenizer:)` makes them from texts.
    public var dryBreakers: [[Int32]] = []
    /// How often top choices are excluded; 0 for never.
    public var xtcProbability: Float = 0
    /// What counts as a top choice.
    public var xtcThreshold: Float = 0.1
    /// The surprise mirostat keeps, in bits; `nil` for off.
    public var mirostatTarget: Float?
    /// How fast mirostat adapts.
    public var mirostatRate: Float = 0.1
    /// Added to the logits of tokens.
    public var logitBias: [Int32: Float] = [:]
    /// Tokens that do not come.
    public var bannedTokens: Set<Int32> = []
    /// Sequences of tokens that do not come.
    public var bannedSequences: [[Int32]] = []
    /// How many tokens of every kind stay at least in top-p, min-p, typical and XTC.
    public var minimumKept = 1

    /// Parameters that change nothing.
    public init() {}

    /// What Hugging Face's `generate(do_sample=True)` uses if nothing is said: top-k 50.
    public static var huggingFace: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.topK = 50
        return parameters
    }

    /// What llama.cpp uses if nothing is said: top-k 40, top-p 0.95, min-p 0.05, temperature 0.8.
    public static var llamaCpp: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.topK = 40
        parameters.topP = 0.95
        parameters.minP = 0.05
        parameters.temperature = 0.8
        parameters.penaltyWindow = 64
        return parameters
    }

    /// The chain of the stages that do something, in this order.
    ///
    /// - Throws: `GenerationParameterError` for any parameter that cannot be used, also of a stage
    ///   that the order does not have.
    public func chain(
        order: SamplerOrder = .huggingFace
    ) throws(GenerationParameterError) -> SamplerChain {
        for name in SamplerStageName.allCases { try stage(name)?.validate() }
        let names = order.names(isMirostat: mirostatTarget != nil)
        return try SamplerChain(names.compactMap { stage($0) }.filter { !$0.isOff })
    }

    /// A stage with these parameters.
    private func stage(_ name: SamplerStageName) -> (any SamplerStage)? {
        switch name {
        case .logitBias: LogitBias(logitBias)
        case .bannedTokens: BannedTokens(bannedTokens)
        case .bannedSequences: BannedSequences(bannedSequences)
        case .repetitionPenalty: RepetitionPenalty(repetitionPenalty, window: penaltyWindow)
        case .frequencyPenalty: FrequencyPenalty(frequencyPenalty, window: penaltyWindow)
        case .presencePenalty: PresencePenalty(presencePenalty, window: penaltyWindow)
        case .dry:
            DRY(
                multiplier: dryMultiplier, base: dryBase, allowedLength: dryAllowedLength,
                window: dryWindow, breakers: dryBreakers)
        case .temperature where dynamicTemperatureRange == 0: Temperature(temperature)
        case .temperature, .dynamicTemperature:
            DynamicTemperature(
                temperature, range: dynamicTemperatureRange, exponent: dynamicTemperatureExponent)
        case .topK: TopK(topK)
        case .topP: TopP(topP, minimumKept: minimumKept)
        case .minP: MinP(minP, minimumKept: minimumKept)
        case .typicalP: TypicalP(typicalP, minimumKept: minimumKept)
        case .topNSigma: TopNSigma(topNSigma)
        case .xtc:
            XTC(probability: xtcProbability, threshold: xtcThreshold, minimumKept: minimumKept)
        case .mirostat: mirostatTarget.map { Mirostat(target: $0, rate: mirostatRate) }
        case .greedy, .minimumLength, .custom: nil
        }
    }
}

/// In which order stages work.
public struct SamplerOrder: Sendable, Equatable {
    /// First to last.
    public var stages: [SamplerStageName]
    /// Whether mirostat works with the temperature and the biases alone, as in llama.cpp.
    public var isolatesMirostat = false

    /// An order; stages that are not in it do not work.
    public init(_ stages: [SamplerStageName]) { self.stages = stages }

    /// transformers' `generate`: penalties and bans, temperature, top-k, top-p, min-p, typical. What it
    /// does not have stands where it disturbs least.
    public static let huggingFace = SamplerOrder([
        .logitBias, .repetitionPenalty, .frequencyPenalty, .presencePenalty, .dry,
        .bannedSequences, .bannedTokens, .temperature, .topNSigma, .topK, .topP, .minP, .typicalP,
        .xtc, .mirostat,
    ])

    /// llama.cpp: penalties, DRY, top-n-sigma, top-k, typical, top-p, min-p, XTC, and the temperature
    /// last. With mirostat, the temperature and mirostat alone.
    public static var llamaCpp: SamplerOrder {
        var order = SamplerOrder(
            [.logitBias, .bannedSequences, .bannedTokens] + penalties
                + [.dry, .topNSigma, .topK, .typicalP, .topP, .minP, .xtc, .temperature, .mirostat])
        order.isolatesMirostat = true
        return order
    }

    private static let penalties: [SamplerStageName] = [
        .repetitionPenalty, .frequencyPenalty, .presencePenalty,
    ]

    /// An order in llama.cpp's words, such as `penalties;dry;top_k;typ_p;top_p;min_p;xtc;temperature`.
    /// Biases and bans come first.
    ///
    /// - Throws: `GenerationParameterError` for a word llama.cpp does not have.
    public init(llamaCpp text: String) throws(GenerationParameterError) {
        var stages: [SamplerStageName] = [.logitBias, .bannedSequences, .bannedTokens]
        for word in text.split(separator: ";") {
            switch word {
            case "penalties": stages += Self.penalties
            case "dry": stages.append(.dry)
            case "top_n_sigma": stages.append(.topNSigma)
            case "top_k": stages.append(.topK)
            case "typ_p", "typical_p": stages.append(.typicalP)
            case "top_p": stages.append(.topP)
            case "min_p": stages.append(.minP)
            case "xtc": stages.append(.xtc)
            case "temperature": stages.append(.temperature)
            default:
                throw GenerationParameterError(
                    name: "samplers", value: "\"\(text)\"",
                    allowed: "penalties, dry, top_n_sigma, top_k, typ_p, top_p, min_p, xtc and "
                        + "temperature, separated by semicolons; \"\(word)\" is none of them")
            }
        }
        self.init(stages + [.mirostat])
        isolatesMirostat = true
    }

    func names(isMirostat: Bool) -> [SamplerStageName] {
        guard isMirostat, isolatesMirostat else { return stages }
        let together: Set<SamplerStageName> = [
            .logitBias, .bannedTokens, .bannedSequences, .temperature, .mirostat,
        ]
        return stages.filter { together.contains($0) }
    }
}
