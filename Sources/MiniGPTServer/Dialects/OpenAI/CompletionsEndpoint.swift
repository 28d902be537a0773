import Hummingbird
import MiniGPT
import MiniSupport

/// `/v1/completions`: continues texts.
struct CompletionsEndpoint {
    private let call: Call
    private let model: LoadedModel
    private let id = AnswerLabel.id("cmpl-")
    private let created = AnswerLabel.time
    private let showsTokens: Bool
    private let showsUsage: Bool
    private let echoes: Bool

    static let handler: Service.Handler = { call in
        let completions = try await CompletionsEndpoint(call)
        return try await completions.answer()
    }

    private init(_ call: Call) async throws {
        self.call = call
        model = try await call.model()
        showsTokens = try call.fields.integer("logprobs", in: 0...20) != nil
        showsUsage =
            try call.fields.object("stream_options")?.boolean("include_usage") ?? false
        echoes = try call.fields.boolean("echo") ?? false
    }

    private func answer() async throws -> Response {
        let prompts = try prompts()
        var options = GenerationOptions()
        options.stopStrings = try call.fields.stops(atMost: 16)
        options.stopTokens = model.endTokens
        options.alternatives = try call.fields.integer("logprobs", in: 0...20)
        options.maximumTokens = try call.fields.maximumTokens(
            ["max_tokens", "max_completion_tokens"], call.service.limits, else: 16)
        let requests = try OpenAIRequests(call, model).requests(prompts.map(\.tokens), options)
        let isStream = try call.fields.boolean("stream") ?? false
        let answer = try call.service.scheduler.generate(requests)
        let copies = requests.count / prompts.count
        let starts = (0..<requests.count).map { echoes ? prompts[$0 / copies].text : "" }
        if isStream {
            return Response(eventsOf: answer, call) { events in
                try await stream(answer, starts: starts, copies: copies, to: &events)
            }
        }
        return try await whole(answer, starts: starts, copies: copies)
    }

    /// A text, tokens, or a list of either.
    private func prompts() throws(APIError) -> [(text: String, tokens: [Int32])] {
        guard let node = call.fields["prompt"] else { return [("", [])] }
        switch node {
        case .string(let text): return [(text, try model.tokens(of: text))]
        case .array(let elements) where !elements.isEmpty && elements.count <= 64:
            if case .number = elements[0] { break }
            var prompts: [(String, [Int32])] = []
            for element in elements {
                let fields = try Fields(["prompt": element])
                if case .string(let text) = element {
                    prompts.append((text, try model.tokens(of: text)))
                } else {
                    prompts.append(try tokens(fields))
                }
            }
            return prompts
        default: break
        }
        return [try tokens(call.fields)]
    }

    private func tokens(_ fields: Fields) throws(APIError) -> (String, [Int32]) {
        let tokens = try fields.tokens(
            "prompt", atMost: 1 << 18, vocabularySize: model.vocabularySize)
        return (model.tokenizer.decode(tokens ?? []), tokens ?? [])
    }

    // MARK: The answer

    private func whole(_ answer: Answer, starts: [String], copies: Int) async throws -> Response {
        let texts = try await call.wholeTexts(of: answer, count: starts.count)
        let choices = zip(starts, texts).enumerated().map { index, pair -> JSONNode in
            let (start, text) = pair
            var tokens = TokenColumns(offset: start.unicodeScalars.count)
            for token in text.tokens { tokens.append(token, model) }
            return choice(
                index, start + text.text, tokens,
                text.summary.map { OpenAIParts.finishReason($0) })
        }
        let usage = OpenAIParts.usage(texts.compactMap(\.summary), copies: copies)
        return Response(json: frame(choices).with("usage", usage))
    }

    private func stream(
        _ answer: Answer, starts: [String], copies: Int, to events: inout EventWriter
    ) async throws {
        var tokens = starts.map { TokenColumns(offset: $0.unicodeScalars.count) }
        var summaries = [GenerationSummary?](repeating: nil, count: starts.count)
        for (index, start) in starts.enumerated() where !start.isEmpty {
            try await events.send(frame([choice(index, start, TokenColumns(offset: 0), nil)]))
        }
        for try await piece in answer.events {
            let index = piece.choice
            switch piece.event {
            case .token(let token): tokens[index].append(token, model)
            case .text(let text):
                try await events.send(frame([choice(index, text, tokens[index], nil)]))
                tokens[index].clear()
            case .finished(let summary):
                summaries[index] = summary
                let reason = OpenAIParts.finishReason(summary)
                try await events.send(frame([choice(index, "", tokens[index], reason)]))
            }
        }
        if showsUsage {
            let usage = OpenAIParts.usage(summaries.compactMap { $0 }, copies: copies)
            try await events.send(frame([]).with("usage", usage))
        }
        try await events.send(text: "[DONE]")
    }

    private func choice(
        _ index: Int, _ text: String, _ tokens: TokenColumns, _ reason: JSONNode?
    ) -> JSONNode {
        [
            "text": .string(text), "index": .integer(index),
            "logprobs": showsTokens ? tokens.json : .null, "finish_reason": reason ?? .null,
        ]
    }

    private func frame(_ choices: [JSONNode]) -> JSONNode {
        [
            "id": .string(id), "object": "text_completion", "created": .integer(created),
            "model": .string(model.entry.id), "choices": .array(choices),
        ]
    }
}

/// `logprobs` as this endpoint has them: a list for each thing that is known of a token.
private struct TokenColumns {
    private var tokens: [JSONNode] = []
    private var logProbabilities: [JSONNode] = []
    private var alternatives: [JSONNode] = []
    private var offsets: [JSONNode] = []
    private var offset: Int

    init(offset: Int) { self.offset = offset }

    mutating func append(_ token: GeneratedToken, _ model: LoadedModel) {
        let text = String(decoding: token.bytes, as: UTF8.self)
        tokens.append(.string(text))
        logProbabilities.append(.real(token.logProbability))
        var taken = Set<String>()
        var members: [(key: String, value: JSONNode)] = []
        for other in token.alternatives {
            // Two tokens can read the same; an object has each key once.
            let name = model.text(of: other.token)
            guard taken.insert(name).inserted else { continue }
            members.append((name, .real(other.logProbability)))
        }
        alternatives.append(.object(JSONMembers(members)))
        offsets.append(.integer(offset))
        offset += text.unicodeScalars.count
    }

    mutating func clear() { self = TokenColumns(offset: offset) }

    var json: JSONNode {
        [
            "tokens": .array(tokens), "token_logprobs": .array(logProbabilities),
            "top_logprobs": .array(alternatives), "text_offset": .array(offsets),
        ]
    }
}
