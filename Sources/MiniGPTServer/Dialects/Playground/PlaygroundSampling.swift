import MiniGPT

extension Fields {
    /// How tokens are chosen: the member `sampling` of a request of the page. What is missing changes
    /// nothing.
    func playgroundChain() throws(APIError) -> SamplerChain {
        guard let sampling = try object("sampling") else {
            return try SamplingParameters().requestedChain(.huggingFace)
        }
        return try sampling.playgroundSampling().requestedChain(sampling.playgroundOrder())
    }

    private func playgroundSampling() throws(APIError) -> SamplingParameters {
        var p = SamplingParameters()
        p.temperature = try float("temperature", in: SamplingRange.strength) ?? p.temperature
        p.topK = try integer("topK", in: SamplingRange.count) ?? p.topK
        p.topP = try float("topP", in: SamplingRange.share) ?? p.topP
        p.minP = try float("minP", in: SamplingRange.share) ?? p.minP
        p.typicalP = try float("typicalP", in: SamplingRange.share) ?? p.typicalP
        p.topNSigma = try float("topNSigma", in: SamplingRange.strength) ?? p.topNSigma
        p.repetitionPenalty =
            try float("repetitionPenalty", in: SamplingRange.repetition) ?? p.repetitionPenalty
        p.frequencyPenalty =
            try float("frequencyPenalty", in: SamplingRange.penalty) ?? p.frequencyPenalty
        p.presencePenalty =
            try float("presencePenalty", in: SamplingRange.penalty) ?? p.presencePenalty
        p.penaltyWindow = try integer("penaltyWindow", in: SamplingRange.count)
        p.dryMultiplier = try float("dryMultiplier", in: SamplingRange.strength) ?? p.dryMultiplier
        p.xtcProbability = try float("xtcProbability", in: SamplingRange.share) ?? p.xtcProbability
        p.xtcThreshold = try float("xtcThreshold", in: SamplingRange.share) ?? p.xtcThreshold
        // A target of 0 is what a slider shows that is switched off.
        let target = try float("mirostatTarget", in: SamplingRange.strength) ?? 0
        p.mirostatTarget = target > 0 ? target : nil
        p.mirostatRate = try float("mirostatRate", in: SamplingRange.strength) ?? p.mirostatRate
        return p
    }

    private func playgroundOrder() throws(APIError) -> SamplerOrder {
        guard let names = try strings("order", atMost: 32), !names.isEmpty else {
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
}
