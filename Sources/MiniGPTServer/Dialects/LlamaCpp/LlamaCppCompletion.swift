import Hummingbird
import MiniGPT
import MiniSupport

/// llama.cpp's `/completion`.
struct LlamaCppCompletion {
    private let call: Call
    private let model: LoadedModel
    private let prompt: [Int32]
    private let promptText: String
    private let showsTokens: Bool
    private let showsIDs: Bool

    static let handler: Service.Handler = { call in
        let completion = try await LlamaCppCompletion(call)
        return try await completion.answer()
    }

    private init(_ call: Call) async throws {
        self.call = call
        model = try await call.model()
        let fields = call.fields
        let node = try fields.required("prompt", fields["prompt"])
        if case .string(let text) = node {
            promptText = text
            prompt = try model.tokens(of: text)
        } else {
            prompt =
                try fields.tokens(
                    "prompt", atMost: 1 << 18, vocabularySize: model.vocabularySize)
                ?? []
            promptText = model.tokenizer.decode(prompt)
        }
        showsTokens = try fields.integer("n_probs", in: 0...100) ?? 0 > 0
        showsIDs = try fields.boolean("return_tokens") ?? false
    }

    private func answer() async throws -> Response {
        let fields = call.fields
        let limits = call.service.limits
        var options = GenerationOptions()
        let count = try fields.integer("n_predict", in: -1...limits.tokens) ?? -1
        options.maximumTokens = count < 0 ? min(limits.tokens, 512) : count
        options.stopStrings = try fields.stops(atMost: 16)
        options.stopTokens = model.endTokens
        if try fields.boolean("ignore_eos") ?? false {
            options.stopTokens = []
            options.stopsAtEndOfText = false
        }
        let probabilities = try fields.integer("n_probs", in: 0...100) ?? 0
        if showsTokens || showsIDs { options.alternatives = probabilities }
        options.timeLimit = .seconds(limits.seconds)
        let kept = try fields.integer("n_keep", in: -1...Int(Int32.max)) ?? 0
        let most = model.contextLength - 1
        options.context = .slide(keepingFirst: min(most, kept < 0 ? prompt.count : kept))
        options.constraint = try AnswerFormat(fields, model).constraint()
        options.seed = try fields.seed()
        let request = GenerationRequest(
            model: model, prompt: model.prompt(prompt), promptCount: prompt.count,
            sampler: try fields.llamaCppSampling(model.tokenizer)
                .requestedChain(fields.llamaCppOrder()), options: options)
        let isStream = try fields.boolean("stream") ?? false
        let answer = try call.service.scheduler.generate([request])
        if isStream {
            return Response(eventsOf: answer, call) { try await stream(answer, to: &$0) }
        }
        return try await whole(answer, seed: options.seed)
    }

    private func whole(_ answer: Answer, seed: UInt64) async throws -> Response {
        let text = try await call.wholeTexts(of: answer, count: 1)[0]
        var json = part(text.text, text.tokens)
        json = json.with("stop", true).with("model", .string(model.entry.id))
        json = json.with("prompt", .string(promptText))
        json = json.with("generation_settings", ["seed": .integer(seed)])
        return Response(json: ending(json, text.summary))
    }

    private func stream(_ answer: Answer, to events: inout EventWriter) async throws {
        var tokens: [GeneratedToken] = []
        for try await piece in answer.events {
            switch piece.event {
            case .token(let token): tokens.append(token)
            case .text(let text):
                try await events.send(part(text, tokens).with("stop", false))
                tokens = []
            case .finished(let summary):
                let end = part("", tokens).with("stop", true)
                try await events.send(
                    ending(end.with("model", .string(model.entry.id)), summary))
            }
        }
    }

    private func part(_ text: String, _ tokens: [GeneratedToken]) -> JSONNode {
        let ids = showsIDs ? tokens.map { JSONNode.integer($0.token) } : []
        let json: JSONNode = ["index": 0, "content": .string(text), "tokens": .array(ids)]
        return showsTokens
            ? json.with("completion_probabilities", .array(tokens.map(probability))) : json
    }

    private func probability(_ token: GeneratedToken) -> JSONNode {
        let top = token.alternatives.map { other -> JSONNode in
            let bytes = model.bytes(of: other.token)
            return [
                "id": .integer(other.token), "token": .text(of: bytes),
                "bytes": .list(of: bytes), "logprob": .real(other.logProbability),
            ]
        }
        return [
            "id": .integer(token.token), "token": .text(of: token.bytes),
            "bytes": .list(of: token.bytes), "logprob": .real(token.logProbability),
            "top_logprobs": .array(top),
        ]
    }

    /// Adds what is known at the end.
    private func ending(_ json: JSONNode, _ summary: GenerationSummary?) -> JSONNode {
        guard let summary else { return json }
        let kind: JSONNode =
            switch summary.stopReason {
            case .endOfText, .stopToken: "eos"
            case .stopString: "word"
            case .length, .timeLimit, .contextFull: "limit"
            case .grammarComplete, .cancelled: "none"
            }
        let promptSpeed = JSONNode.real(summary.promptTokensPerSecond)
        let predicted = max(0, summary.seconds - summary.promptSeconds)
        let timings: JSONNode = [
            "cache_n": .integer(summary.knownPromptTokens),
            "prompt_n": .integer(summary.readPromptTokens),
            "prompt_ms": .real(summary.promptSeconds * 1_000),
            "prompt_per_second": promptSpeed, "predicted_n": .integer(summary.tokens),
            "predicted_ms": .real(predicted * 1_000),
            "predicted_per_second": .real(summary.decodeTokensPerSecond),
        ]
        let isTruncated = summary.droppedPromptTokens > 0 || summary.slides > 0
        return json.with("stop_type", kind)
            .with("stopping_word", .string(summary.stopString ?? ""))
            .with("tokens_predicted", .integer(summary.tokens))
            .with("tokens_evaluated", .integer(summary.promptTokens))
            .with("tokens_cached", .integer(summary.knownPromptTokens))
            .with("truncated", .boolean(isTruncated)).with("timings", timings)
    }
}
