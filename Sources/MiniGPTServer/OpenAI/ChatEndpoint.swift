import Hummingbird
import MiniGPT
import MiniPipeline

/// `/v1/chat/completions`: continues a conversation.
struct ChatEndpoint {
    private let call: Call
    private let model: LoadedModel
    private let id = OpenAIParts.id("chatcmpl-")
    private let created = OpenAIParts.now
    private let showsTokens: Bool
    private let showsUsage: Bool

    static let handler: Endpoint.Handler = { call in
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
        let messages = try ChatMessages.read(list)
        let prompt: [Int32]
        do {
            prompt = try model.chat.tokens(of: messages, answering: true, model.tokenizer)
        } catch {
            throw APIError(error)
        }
        var options = GenerationOptions()
        options.stopStrings =
            try fields.stops(atMost: 16) + model.chat.stopStrings(model.tokenizer)
        options.stopTokens = model.endTokens.union(model.chat.endTokens(model.tokenizer))
        let top = try fields.integer("top_logprobs", in: 0...20)
        if showsTokens { options.alternatives = top ?? 0 }
        options.maximumTokens = try fields.maximumTokens(
            ["max_completion_tokens", "max_tokens"], call.service, else: 512)
        return try OpenAIRequests(call, model).requests([prompt], options)
    }

    // MARK: The answer

    private func whole(_ answer: Answer, choices count: Int) async throws -> Response {
        var texts = [String](repeating: "", count: count)
        var tokens = [[JSONNode]](repeating: [], count: count)
        var summaries = [GenerationSummary?](repeating: nil, count: count)
        try await call.collect(answer) { piece in
            switch piece.event {
            case .text(let text): texts[piece.choice] += text
            case .token(let token):
                tokens[piece.choice].append(OpenAIParts.logProbability(token, model))
            case .finished(let summary): summaries[piece.choice] = summary
            }
        }
        let choices = (0..<count).map { index -> JSONNode in
            [
                "index": .integer(index),
                "message": [
                    "role": "assistant", "content": .string(texts[index].chatTrimmed(model.chat)),
                    "refusal": nil,
                ],
                "logprobs": logProbabilities(tokens[index]),
                "finish_reason": summaries[index].map { OpenAIParts.finishReason($0) } ?? .null,
            ]
        }
        return Response(
            json: [
                "id": .string(id), "object": "chat.completion", "created": .integer(created),
                "model": .string(model.entry.id), "choices": .array(choices),
                "usage": OpenAIParts.usage(summaries.compactMap { $0 }),
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
        var summaries: [GenerationSummary] = []
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
                summaries.append(summary)
                let rest = tokens[index].isEmpty ? nil : logProbabilities(tokens[index])
                let reason = OpenAIParts.finishReason(summary)
                try await events.send(chunk(index, [:], rest, reason))
            }
        }
        if showsUsage {
            try await events.send(
                frame([]).with("usage", OpenAIParts.usage(summaries)))
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

/// The turns of a conversation in a request.
enum ChatMessages {
    static func read(_ list: [JSONNode]) throws(APIError) -> [ChatMessage] {
        guard !list.isEmpty else {
            throw .parameter("messages", "'messages' must have at least one message.")
        }
        var messages: [ChatMessage] = []
        for (index, node) in list.enumerated() {
            let name = "messages[\(index)]"
            let fields = try Fields(node, path: name)
            let role = try fields.required("role", try fields.string("role"))
            guard let role = ChatMessage.Role(rawValue: role == "developer" ? "system" : role)
            else {
                throw .parameter(
                    "\(name).role", "'\(name).role' must be system, user or assistant.")
            }
            messages.append(ChatMessage(role, try content(fields, name)))
        }
        return messages
    }

    /// A text, or a list of parts that are texts.
    private static func content(_ fields: Fields, _ name: String) throws(APIError) -> String {
        guard let node = fields["content"] else {
            throw .parameter("\(name).content", "'\(name).content' is missing.")
        }
        if case .string(let text) = node { return text }
        guard case .array(let parts) = node else {
            throw .parameter("\(name).content", "'\(name).content' must be a text.")
        }
        var text = ""
        for part in parts {
            let part = try Fields(part, path: "\(name).content")
            guard try part.string("type") == "text", let more = try part.string("text") else {
                throw .parameter("\(name).content", "'\(name).content' can hold texts only.")
            }
            text += more
        }
        return text
    }
}
