import Hummingbird
import MiniGPT
import MiniSupport

/// llama.cpp's smaller endpoints.
enum LlamaCppTools {
    static let tokenize: Service.Handler = { call in
        let model = try await call.model()
        let content = try call.fields.required("content", try call.fields.string("content"))
        let tokens = try model.tokens(of: content)
        guard try call.fields.boolean("with_pieces") ?? false else {
            return Response(json: ["tokens": .array(tokens.map { .integer($0) })])
        }
        let pieces = tokens.map { token -> JSONNode in
            let bytes = model.bytes(of: token)
            // Half a character is no text, so it comes as its bytes.
            let piece =
                String(validating: bytes, as: UTF8.self).map { JSONNode.string($0) }
                ?? .list(of: bytes)
            return ["id": .integer(token), "piece": piece]
        }
        return Response(json: ["tokens": .array(pieces)])
    }

    static let detokenize: Service.Handler = { call in
        let model = try await call.model()
        let tokens = try call.fields.required(
            "tokens",
            try call.fields.tokens(
                "tokens", atMost: 1 << 18, vocabularySize: model.vocabularySize))
        return Response(json: ["content": .string(model.tokenizer.decode(tokens))])
    }

    static let health: Service.Handler = { _ in Response(json: ["status": "ok"]) }

    static let props: Service.Handler = { call in
        let service = call.service
        let current = await service.library.current()
        let p = SamplingParameters.llamaCpp
        let parameters: JSONNode = [
            "temperature": .real(p.temperature), "top_k": .integer(p.topK),
            "top_p": .real(p.topP), "min_p": .real(p.minP), "typical_p": .real(p.typicalP),
            "repeat_last_n": .integer(p.penaltyWindow ?? -1),
            "repeat_penalty": .real(p.repetitionPenalty),
            "presence_penalty": .real(p.presencePenalty),
            "frequency_penalty": .real(p.frequencyPenalty), "n_predict": -1,
            "max_tokens": .integer(service.limits.tokens),
        ]
        return Response(
            json: [
                "model_alias": .optional(current?.id),
                "total_slots": .integer(service.scheduler.limits.slots),
                "chat_template": "", "build_info": "minigpt",
                "default_generation_settings": [
                    "n_ctx": .optional(current?.outline?.contextLength), "params": parameters,
                ],
            ])
    }

    /// For Prometheus, in its text format.
    static let metrics: Service.Handler = { call in
        let scheduler = call.service.scheduler
        let now = scheduler.statistics.current
        var text = ""
        func add(_ name: String, _ kind: String, _ help: String, _ lines: [(String, String)]) {
            text += "# HELP minigpt_\(name) \(help)\n# TYPE minigpt_\(name) \(kind)\n"
            for (labels, value) in lines { text += "minigpt_\(name)\(labels) \(value)\n" }
        }
        add(
            "prompt_tokens_total", "counter", "Tokens of prompts that were read.",
            [("", "\(now.promptTokens)")])
        add("tokens_predicted_total", "counter", "Tokens that were made.", [("", "\(now.tokens)")])
        add("decode_steps_total", "counter", "Steps of the model.", [("", "\(now.steps)")])
        let together = now.steps > 0 ? Double(now.tokens) / Double(now.steps) : 0
        add("busy_slots_per_decode", "gauge", "Texts that share a step.", [("", "\(together)")])
        add("texts_finished_total", "counter", "Texts that ended.", [("", "\(now.finished)")])
        add("refused_total", "counter", "Requests with no room for them.", [("", "\(now.refused)")])
        add("requests_processing", "gauge", "Texts being continued.", [("", "\(now.active)")])
        add(
            "requests_deferred", "gauge", "Texts and other work that wait.",
            [("", "\(scheduler.waitingCount)")])
        add(
            "connections", "gauge", "Open connections.",
            [("", "\(call.service.http.connections.count)")])
        add(
            "models_loaded", "gauge", "Models in memory.",
            [("", "\(await call.service.library.loadedCount)")])
        let answers = call.service.http.responses.current.sorted { $0.key < $1.key }
        add(
            "http_responses_total", "counter", "Answers by status.",
            answers.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
        return Response(text: text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
