import Foundation
import MiniGPT

/// Pieces that several of OpenAI's answers have.
enum OpenAIParts {
    /// A name for an answer, as unlike any other as 96 random bits make it.
    static func id(_ prefix: String) -> String {
        let (a, b) = (UInt64.random(in: 0...UInt64.max), UInt32.random(in: 0...UInt32.max))
        return prefix + String(a, radix: 36) + String(b, radix: 36)
    }

    static var now: Int { Int(Date().timeIntervalSince1970) }

    static func finishReason(_ summary: GenerationSummary) -> JSONNode {
        switch summary.stopReason {
        case .endOfText, .stopToken, .stopString, .grammarComplete: "stop"
        case .length, .timeLimit, .contextFull, .cancelled: "length"
        }
    }

    /// What a request cost, over all its choices; a prompt counts once.
    static func usage(_ summaries: [GenerationSummary]) -> JSONNode {
        let prompt = summaries.first?.promptTokens ?? 0
        let made = summaries.reduce(0) { $0 + $1.tokens }
        return [
            "prompt_tokens": .integer(prompt), "completion_tokens": .integer(made),
            "total_tokens": .integer(prompt + made),
            "prompt_tokens_details": [
                "cached_tokens": .integer(summaries.first?.knownPromptTokens ?? 0)
            ],
        ]
    }

    /// A token as a text, as good as one can be: what is no character reads as U+FFFD.
    static func text(_ bytes: [UInt8]) -> JSONNode {
        .string(String(decoding: bytes, as: UTF8.self))
    }

    static func bytes(_ bytes: [UInt8]) -> JSONNode { .array(bytes.map { .integer($0) }) }

    /// A token of `logprobs.content`.
    static func logProbability(_ token: GeneratedToken, _ model: LoadedModel) -> JSONNode {
        [
            "token": text(token.bytes), "logprob": .real(token.logProbability),
            "bytes": bytes(token.bytes),
            "top_logprobs": .array(
                token.alternatives.map { other in
                    let bytes = model.bytes(of: other.token)
                    return [
                        "token": text(bytes), "logprob": .real(other.logProbability),
                        "bytes": self.bytes(bytes),
                    ]
                }),
        ]
    }
}
