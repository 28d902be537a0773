import MiniGPT

extension Fields {
    /// How tokens are chosen, in OpenAI's words and those that llama.cpp and vLLM read besides.
    func openAISampling(vocabularySize: Int) throws(APIError) -> SamplingParameters {
        var p = SamplingParameters()
        p.temperature = try float("temperature", in: 0...2) ?? p.temperature
        p.topP = try float("top_p", in: SamplingRange.share) ?? p.topP
        p.frequencyPenalty = try float("frequency_penalty", in: -2...2) ?? p.frequencyPenalty
        p.presencePenalty = try float("presence_penalty", in: -2...2) ?? p.presencePenalty
        p.topK = try integer("top_k", in: SamplingRange.count) ?? p.topK
        p.minP = try float("min_p", in: SamplingRange.share) ?? p.minP
        p.repetitionPenalty =
            try float("repetition_penalty", in: SamplingRange.repetition) ?? p.repetitionPenalty
        p.logitBias = try logitBias(vocabularySize: vocabularySize)
        return p
    }

    /// `{"50256": -100}`
    private func logitBias(vocabularySize: Int) throws(APIError) -> [Int32: Float] {
        guard let object = try object("logit_bias") else { return [:] }
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
            let bias = try object.float(name, in: SamplingRange.penalty) ?? 0
            result[token] = bias <= -100 ? -.infinity : bias
        }
        return result
    }
}
