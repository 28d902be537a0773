import MiniGPT

extension Fields {
    /// How tokens are chosen, in llama.cpp's words. What is left out has llama.cpp's default.
    func llamaCppSampling(_ tokenizer: any TextTokenizer) throws(APIError) -> SamplingParameters {
        var p = SamplingParameters.llamaCpp
        // Below 0 is off in llama.cpp.
        p.temperature = max(
            0, try float("temperature", in: SamplingRange.strengthOrOff) ?? p.temperature)
        p.dynamicTemperatureRange =
            try float("dynatemp_range", in: SamplingRange.strength) ?? p.dynamicTemperatureRange
        p.dynamicTemperatureExponent =
            try float("dynatemp_exponent", in: SamplingRange.strength)
            ?? p.dynamicTemperatureExponent
        p.topK = max(0, try integer("top_k", in: SamplingRange.countOrAll) ?? p.topK)
        p.topP = try float("top_p", in: SamplingRange.share) ?? p.topP
        p.minP = try float("min_p", in: SamplingRange.share) ?? p.minP
        p.typicalP = try float("typical_p", in: SamplingRange.share) ?? p.typicalP
        p.topNSigma = max(
            0, try float("top_n_sigma", in: SamplingRange.strengthOrOff) ?? p.topNSigma)
        p.minimumKept = max(1, try integer("min_keep", in: SamplingRange.count) ?? p.minimumKept)
        try readPenalties(into: &p)
        try readDRY(into: &p, tokenizer)
        p.xtcProbability = try float("xtc_probability", in: SamplingRange.share) ?? p.xtcProbability
        p.xtcThreshold = try float("xtc_threshold", in: SamplingRange.share) ?? p.xtcThreshold
        if try integer("mirostat", in: 0...2) ?? 0 > 0 {
            let target = try float("mirostat_tau", in: SamplingRange.strength)
            p.mirostatTarget = target ?? Mirostat().target
            p.mirostatRate = try float("mirostat_eta", in: SamplingRange.strength) ?? p.mirostatRate
        }
        return p
    }

    private func readPenalties(into p: inout SamplingParameters) throws(APIError) {
        p.repetitionPenalty =
            try float("repeat_penalty", in: SamplingRange.repetition) ?? p.repetitionPenalty
        p.frequencyPenalty =
            try float("frequency_penalty", in: SamplingRange.penalty) ?? p.frequencyPenalty
        p.presencePenalty =
            try float("presence_penalty", in: SamplingRange.penalty) ?? p.presencePenalty
        if let window = try integer("repeat_last_n", in: SamplingRange.countOrAll) {
            p.penaltyWindow = window < 0 ? nil : window
        }
    }

    private func readDRY(
        into p: inout SamplingParameters, _ tokenizer: any TextTokenizer
    ) throws(APIError) {
        p.dryMultiplier = try float("dry_multiplier", in: SamplingRange.strength) ?? p.dryMultiplier
        p.dryBase = try float("dry_base", in: 1...100) ?? p.dryBase
        p.dryAllowedLength =
            try integer("dry_allowed_length", in: 1...1_000) ?? p.dryAllowedLength
        if let window = try integer("dry_penalty_last_n", in: SamplingRange.countOrAll) {
            p.dryWindow = window < 0 ? nil : window
        }
        if p.dryMultiplier > 0 {
            let breakers = try strings("dry_sequence_breakers", atMost: 64)
            p.dryBreakers = DRY.breakers(breakers ?? DRY.usualBreakers, tokenizer: tokenizer)
        }
    }

    /// `samplers`: which stages work, in which order.
    func llamaCppOrder() throws(APIError) -> SamplerOrder {
        guard let names = try strings("samplers", atMost: 32) else { return .llamaCpp }
        do {
            return try SamplerOrder(llamaCpp: names.joined(separator: ";"))
        } catch {
            throw APIError(error)
        }
    }
}
