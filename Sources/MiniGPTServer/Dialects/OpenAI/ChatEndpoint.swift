import Hummingbird
import MiniGPT
import MiniPipeline
import MiniSupport

/// `/v1/chat/completions`: continues a conversation.
struct ChatEndpoint {
    private let call: Call
    private let model: LoadedModel
    private let id = AnswerLabel.id("chatcmpl-")
    private let created = AnswerLabel.time
    private let showsTokens: Bool
    private let showsUsage: Bool

    static let handler: Service.Handler = { call in
        let chat = try await ChatEndpoint(call)
        return try await chat.answer()
    }

    private init(_ call: Call) async throws {
        self.call = call
        model = try await call.model()
        showsTokens = try call.fields.boolean("logprobs") ?? false
        showsUsage =
            try call.fields.object("stream_options")?.boolean("include_usage") ?? false
    }

    private func answer() async throws -> Response {
        let requests = try requests()
        let isStream = try call.fields.boolean("stream") ?? false
        let answer = try call.service.scheduler.generate(requests)
        if isStream {
            let count = requests.count
            return Response(eventsOf: answer, call) { events in
                try await stream(answer, choices: count, to: &events)
            }
        }
        return try await whole(answer, choices: requests.count)
    }

    // MARK: The request

    private func requests() throws(APIError) -> [GenerationRequest] {
        let fields = call.fields
        let list = try fields.required("messages", try fields.array("messages", atMost: 1_000))
        var options = GenerationOptions()
        options.stopStrings = try fields.stops(atMost: 16)
        options.maximumTokens = try fields.maximumTokens(
            ["max_completion_tokens", "max_tokens"], call.service.limits, else: 512)
        let top = try fields.integer("top_logprobs", in: 0...20)
        if showsTokens { options.alternatives = top ?? 0 }
        let conversation = try Conversation(
            ChatMessages.read(list), model, maximumTokens: options.maximumTokens)
        conversation.endAnswer(&options)
        return try OpenAIRequests(call, model).requests([conversation.prompt], options)
    }

    // MARK: The answer

    private func whole(_ answer: Answer, choices count: Int) async throws -> Response {
        let texts = try await call.wholeTexts(of: answer, count: count)
        let choices = texts.enumerated().map { index, text -> JSONNode in
            let tokens = text.tokens.map { OpenAIParts.logProbability($0, model) }
            return [
                "index": .integer(index),
                "message": [
                    "role": "assistant", "content": .string(text.text.chatTrimmed(model.chat)),
                    "refusal": nil,
                ],
                "logprobs": logProbabilities(tokens),
                "finish_reason": text.summary.map { OpenAIParts.finishReason($0) } ?? .null,
            ]
        }
        return Response(
            json: [
                "id": .string(id), "object": "chat.completion", "created": .integer(created),
                "model": .string(model.entry.id), "choices": .array(choices),
                "usage": OpenAIParts.usage(texts.compactMap(\.summary), copies: count),
                "system_fingerprint": nil,
            ])
    }

    private func logProbabilities(_ tokens: [JSONNode]) -> JSONNode {
        showsTokens ? ["content": .array(tokens), "refusal": nil] : nil
    }

    private func stream(
        _ answer: Answer, choices count: Int, to events: inout EventWriter
    ) async throws {
        var tokens = [[JSONNode]](repeating: [], count: count)
        var summaries = [GenerationSummary?](repeating: nil, count: count)
        var isBegun = [Bool](repeating: false, count: count)
        for index in 0..<count {
            try await events.send(chunk(index, ["role": "assistant", "content": ""], nil, nil))
        }
        for try await piece in answer.events {
            let index = piece.choice
            switch piece.event {
            case .token(let token):
                tokens[index].append(OpenAIParts.logProbability(token, model))
            case .text(let piece):
                let text = isBegun[index] ? piece : piece.chatTrimmed(model.chat)
                isBegun[index] = true
                guard !text.isEmpty else { continue }
                let shown = logProbabilities(tokens[index])
                tokens[index] = []
                try await events.send(chunk(index, ["content": .string(text)], shown, nil))
            case .finished(let summary):
                summaries[index] = summary
                let rest = tokens[index].isEmpty ? nil : logProbabilities(tokens[index])
                let reason = OpenAIParts.finishReason(summary)
                try await events.send(chunk(index, [:], rest, reason))
            }
        }
        if showsUsage {
            let usage = OpenAIParts.usage(summaries.compactMap { $0 }, copies: count)
            try await events.send(frame([]).with("usage", usage))
        }
        try await events.send(text: "[DONE]")
    }

    private func chunk(
        _ index: Int, _ delta: JSONNode, _ logProbabilities: JSONNode?, _ reason: JSONNode?
    ) -> JSONNode {
        let frame = frame([
            [
                "index": .integer(index), "delta": delta, "logprobs": logProbabilities ?? .null,
                "finish_reason": reason ?? .null,
            ]
        ])
        return showsUsage ? frame.with("usage", .null) : frame
    }

    private func frame(_ choices: [JSONNode]) -> JSONNode {
        [
            "id": .string(id), "object": "chat.completion.chunk", "created": .integer(created),
            "model": .string(model.entry.id), "system_fingerprint": nil,
            "choices": .array(choices),
        ]
    }
}

extension String {
    /// Without the blank that stands between a marker and what is said.
    fileprivate func chatTrimmed(_ template: ChatTemplate) -> String {
        template.lead.isEmpty || !hasPrefix(template.lead)
            ? self : String(dropFirst(template.lead.count))
    }
}
