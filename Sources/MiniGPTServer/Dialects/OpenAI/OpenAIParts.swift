import MiniGPT
import MiniSupport

/// Pieces that several of OpenAI's answers have.
enum OpenAIParts {
    static func finishReason(_ summary: GenerationSummary) -> JSONNode {
        switch summary.stopReason {
        case .endOfText, .stopToken, .stopString, .grammarComplete: "stop"
        case .length, .timeLimit, .contextFull, .cancelled: "length"
        }
    }

    /// What a request cost over all its choices. A prompt counts once, however many choices it has.
    ///
    /// - Parameters:
    ///   - summaries: of all choices, those of one prompt side by side.
    ///   - copies: how many choices each prompt has.
    static func usage(_ summaries: [GenerationSummary], copies: Int) -> JSONNode {
        let firsts = stride(from: 0, to: summaries.count, by: copies).map { summaries[$0] }
        let read = firsts.reduce(0) { $0 + $1.promptTokens }
        let known = firsts.reduce(0) { $0 + $1.knownPromptTokens }
        let made = summaries.reduce(0) { $0 + $1.tokens }
        return [
            "prompt_tokens": .integer(read), "completion_tokens": .integer(made),
            "total_tokens": .integer(read + made),
            "prompt_tokens_details": ["cached_tokens": .integer(known)],
        ]
    }

    /// A token of `logprobs.content`.
    static func logProbability(_ token: GeneratedToken, _ model: LoadedModel) -> JSONNode {
        [
            "token": .text(of: token.bytes), "logprob": .real(token.logProbability),
            "bytes": .list(of: token.bytes),
            "top_logprobs": .array(
                token.alternatives.map { other in
                    let bytes = model.bytes(of: other.token)
                    return [
                        "token": .text(of: bytes), "logprob": .real(other.logProbability),
                        "bytes": .list(of: bytes),
                    ]
                }),
        ]
    }
}
