import HTTPTypes
import MiniGPT
import MiniPipeline

/// What a request of the page is about: tokens, however they were given.
struct TokenInput {
    let model: LoadedModel
    let tokens: [Int32]

    /// Reads `tokens`, `messages`, or the text of that name.
    init(_ fields: Fields, _ model: LoadedModel, text name: String = "text") throws(APIError) {
        self.model = model
        if let tokens = try fields.tokens(
            "tokens", atMost: 1 << 18, vocabularySize: model.configuration.vocabularySize)
        {
            self.tokens = tokens
        } else if let list = try fields.array("messages", atMost: 1_000) {
            let messages = try ChatMessages.read(list)
            do {
                tokens = try model.chat.tokens(of: messages, answering: true, model.tokenizer)
            } catch {
                throw APIError(error)
            }
        } else {
            tokens = try model.encode(try fields.string(name) ?? "")
        }
    }

    /// The tokens to look inside with: at least one, and no more than can be shown.
    func few(atMost count: Int) throws(APIError) -> [Int32] {
        let limit = min(count, model.configuration.contextLength)
        guard tokens.count <= limit else {
            throw APIError(
                .badRequest, "The text has \(tokens.count) tokens; at most \(limit) can be shown.",
                parameter: "text", code: "too_many_tokens")
        }
        return tokens.isEmpty ? [model.startToken] : tokens
    }
}

extension LoadedModel {
    /// Tokens as the page shows them, with the bytes of the text they stand for.
    func json(of tokens: [Int32]) -> JSONNode {
        var start = 0
        var list: [JSONNode] = []
        list.reserveCapacity(tokens.count)
        for token in tokens {
            let bytes = bytes(of: token)
            let isSpecial = tokenizer.isSpecial(token)
            list.append([
                "id": .integer(token), "text": OpenAIParts.text(bytes),
                "bytes": OpenAIParts.bytes(bytes), "start": .integer(start),
                "end": .integer(start + bytes.count), "isSpecial": .boolean(isSpecial),
            ])
            start += bytes.count
        }
        return .array(list)
    }

    /// A token that could come, and how probable it is.
    func json(_ token: Int32, _ probability: Float) -> JSONNode {
        [
            "id": .integer(token), "text": .string(text(of: token)),
            "probability": .real(probability),
        ]
    }

    /// A distribution as the page shows it.
    func json(_ name: String, _ distribution: TokenDistribution) -> JSONNode {
        [
            "name": .string(name), "kept": .integer(distribution.count),
            "candidates": .array(distribution.top.map { json($0.token, $0.probability) }),
        ]
    }

    /// The model's distribution, and what each stage left of it.
    func json(_ reports: [StageReport]) -> [JSONNode] {
        guard let first = reports.first else { return [] }
        return [json("model", first.before)]
            + reports.map { json($0.stage.rawValue, $0.after) }
    }
}

extension JSONNode {
    /// Numbers as JSON, without a node for each: there can be a million.
    static func numbers(_ rows: some Sequence<some Sequence<Float>>) -> JSONNode {
        let text = rows.map { row in
            "[" + row.map { $0 == 0 ? "0" : $0.isFinite ? "\($0)" : "null" }.joined(separator: ",")
                + "]"
        }
        return .number("[" + text.joined(separator: ",") + "]")
    }
}
