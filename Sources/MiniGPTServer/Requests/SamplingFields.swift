import MiniGPT

/// The numbers of a request that say how tokens are chosen, in each of three spellings.
struct SamplingFields {
    private let fields: Fields
    private let vocabularySize: Int

    init(_ fields: Fields, _ model: LoadedModel) {
        self.fields = fields
        vocabularySize = model.configuration.vocabularySize
    }

    private static let share = 0.0...1.0
    private static let penalty = -100.0...100.0
    private static let window = 0...1_000_000

    // MARK: OpenAI

    /// OpenAI's, and those that llama.cpp and vLLM read besides.
    func openAI() throws(APIError) -> SamplerChain {
        var p = SamplingParameters()
        p.temperature = try fields.float("temperature", in: 0...2) ?? 1
        p.topP = try fields.float("top_p", in: Self.share) ?? 1
        p.frequencyPenalty = try fields.float("frequency_penalty", in: -2...2) ?? 0
        p.presencePenalty = try fields.float("presence_penalty", in: -2...2) ?? 0
        p.topK = try fields.integer("top_k", in: Self.window) ?? 0
        p.minP = try fields.float("min_p", in: Self.share) ?? 0
        p.repetitionPenalty = try fields.float("repetition_penalty", in: 0.01...100) ?? 1
        p.logitBias = try biases()
        return try chain(p, .huggingFace)
    }

    /// `{"50256": -100}`
    private func biases() throws(APIError) -> [Int32: Float] {
        guard let object = try fields.object("logit_bias") else { return [:] }
        guard object.names.count <= 1_024 else {
            throw .parameter("logit_bias", "'logit_bias' has more than 1024 tokens.")
        }
        var result: [Int32: Float] = [:]
        for name in object.names {
            guard let token = Int32(name), token >= 0, token < vocabularySize else {
                throw .parameter(
                    "logit_bias",
                    "'logit_bias' names tokens from 0 to \(vocabularySize - 1), and '\(name.prefix(40))' is none."
                )
            }
            // -100 bans a token, as OpenAI says.
            let bias = try object.float(name, in: Self.penalty) ?? 0
            result[token] = bias <= -100 ? -.infinity : bias
        }
        return result
    }

    // MARK: llama.cpp

    func llamaCpp(_ tokenizer: any TextTokenizer) throws(APIError) -> SamplerChain {
        var p = SamplingParameters.llamaCpp
        // What is left out has llama.cpp's default; what is below 0 is off there.
        p.temperature = max(0, try fields.float("temperature", in: -1...100) ?? p.temperature)
        p.dynamicTemperatureRange = try fields.float("dynatemp_range", in: 0...100) ?? 0
        p.dynamicTemperatureExponent = try fields.float("dynatemp_exponent", in: 0...100) ?? 1
        p.topK = max(0, try fields.integer("top_k", in: -1...1_000_000) ?? p.topK)
        p.topP = try fields.float("top_p", in: Self.share) ?? p.topP
        p.minP = try fields.float("min_p", in: Self.share) ?? p.minP
        p.typicalP = try fields.float("typical_p", in: Self.share) ?? 1
        p.topNSigma = max(0, try fields.float("top_n_sigma", in: -1...100) ?? 0)
        p.repetitionPenalty = try fields.float("repeat_penalty", in: 0.01...100) ?? 1
        p.frequencyPenalty = try fields.float("frequency_penalty", in: Self.penalty) ?? 0
        p.presencePenalty = try fields.float("presence_penalty", in: Self.penalty) ?? 0
        let window = try fields.integer("repeat_last_n", in: -1...1_000_000) ?? 64
        p.penaltyWindow = window < 0 ? nil : window
        p.dryMultiplier = try fields.float("dry_multiplier", in: 0...100) ?? 0
        p.dryBase = try fields.float("dry_base", in: 1...100) ?? 1.75
        p.dryAllowedLength = try fields.integer("dry_allowed_length", in: 1...1_000) ?? 2
        let dryWindow = try fields.integer("dry_penalty_last_n", in: -1...1_000_000) ?? -1
        p.dryWindow = dryWindow < 0 ? nil : dryWindow
        if p.dryMultiplier > 0 {
            let breakers = try fields.strings("dry_sequence_breakers", atMost: 64)
            p.dryBreakers = DRY.breakers(breakers ?? ["\n", ":", "\"", "*"], tokenizer: tokenizer)
        }
        p.xtcProbability = try fields.float("xtc_probability", in: Self.share) ?? 0
        p.xtcThreshold = try fields.float("xtc_threshold", in: Self.share) ?? 0.1
        if try fields.integer("mirostat", in: 0...2) ?? 0 > 0 {
            p.mirostatTarget = try fields.float("mirostat_tau", in: 0...100) ?? 5
            p.mirostatRate = try fields.float("mirostat_eta", in: 0...100) ?? 0.1
        }
        p.minimumKept = max(1, try fields.integer("min_keep", in: 0...1_000_000) ?? 1)
        var order = SamplerOrder.llamaCpp
        if let names = try fields.strings("samplers", atMost: 32) {
            do {
                order = try SamplerOrder(llamaCpp: names.joined(separator: ";"))
            } catch {
                throw APIError(error)
            }
        }
        return try chain(p, order)
    }

    // MARK: Ours

    /// The members of `sampling`; what is missing changes nothing.
    func playground() throws(APIError) -> SamplerChain {
        guard let s = try fields.object("sampling") else {
            return try chain(SamplingParameters(), .huggingFace)
        }
        var p = SamplingParameters()
        p.temperature = try s.float("temperature", in: 0...100) ?? 1
        p.topK = try s.integer("topK", in: Self.window) ?? 0
        p.topP = try s.float("topP", in: Self.share) ?? 1
        p.minP = try s.float("minP", in: Self.share) ?? 0
        p.typicalP = try s.float("typicalP", in: Self.share) ?? 1
        p.topNSigma = try s.float("topNSigma", in: 0...100) ?? 0
        p.repetitionPenalty = try s.float("repetitionPenalty", in: 0.01...100) ?? 1
        p.frequencyPenalty = try s.float("frequencyPenalty", in: Self.penalty) ?? 0
        p.presencePenalty = try s.float("presencePenalty", in: Self.penalty) ?? 0
        p.penaltyWindow = try s.integer("penaltyWindow", in: Self.window)
        p.dryMultiplier = try s.float("dryMultiplier", in: 0...100) ?? 0
        p.xtcProbability = try s.float("xtcProbability", in: Self.share) ?? 0
        p.xtcThreshold = try s.float("xtcThreshold", in: Self.share) ?? 0.1
        // A target of 0 is what a slider shows that is switched off.
        let target = try s.float("mirostatTarget", in: 0...100) ?? 0
        p.mirostatTarget = target > 0 ? target : nil
        p.mirostatRate = try s.float("mirostatRate", in: 0...100) ?? 0.1
        return try chain(p, try order(s))
    }

    private func order(_ fields: Fields) throws(APIError) -> SamplerOrder {
        guard let names = try fields.strings("order", atMost: 32), !names.isEmpty else {
            return .huggingFace
        }
        var stages: [SamplerStageName] = []
        for name in names {
            guard let stage = SamplerStageName(rawValue: name), !stages.contains(stage) else {
                let all = SamplerOrder.huggingFace.stages.map(\.rawValue).joined(separator: ", ")
                throw .parameter(
                    "sampling.order",
                    "'sampling.order' names every stage once, of \(all); '\(name.prefix(40))' is unknown or comes twice."
                )
            }
            stages.append(stage)
        }
        return SamplerOrder(stages)
    }

    private func chain(
        _ parameters: SamplingParameters, _ order: SamplerOrder
    ) throws(APIError) -> SamplerChain {
        do {
            return try parameters.chain(order: order)
        } catch {
            throw APIError(error)
        }
    }
}

extension Fields {
    /// The seed of a request; any if it has none. Below 0 is any as well, as in llama.cpp.
    func seed() throws(APIError) -> UInt64 {
        let seed = try integer("seed", in: -1...Int.max) ?? -1
        // What is shown to a script must survive as a number of 53 bits.
        return seed < 0 ? UInt64.random(in: 0..<(1 << 53)) : UInt64(seed)
    }

    /// Texts that end an answer.
    func stops(atMost count: Int) throws(APIError) -> [String] {
        let stops = try strings("stop", atMost: count) ?? []
        guard stops.count <= count, stops.allSatisfy({ (1...1_024).contains($0.utf8.count) }) else {
            throw .parameter(
                "stop", "'stop' must be at most \(count) texts of 1 to 1024 bytes each.")
        }
        return stops
    }

    /// The tokens an answer may have.
    func maximumTokens(
        _ names: [String], _ service: Service, else standard: Int
    ) throws(APIError) -> Int {
        for name in names {
            if let count = try integer(name, in: 0...service.settings.answerTokens) { return count }
        }
        return min(standard, service.settings.answerTokens)
    }
}
