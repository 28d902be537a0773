import HTTPTypes
import MiniGPT

/// What a request of the page is about: tokens, however they were given.
struct TokenInput {
    let model: LoadedModel
    let tokens: [Int32]
    /// The conversation that it is, if it is one.
    let conversation: Conversation?

    /// Reads `tokens`, `messages`, or the text of that name.
    ///
    /// - Parameter maximumTokens: how long an answer to a conversation may become.
    init(
        _ fields: Fields, _ model: LoadedModel, text name: String = "text", maximumTokens: Int = 1
    ) throws(APIError) {
        self.model = model
        if let tokens = try fields.tokens(
            "tokens", atMost: 1 << 18, vocabularySize: model.vocabularySize)
        {
            self.tokens = tokens
        } else if let list = try fields.array("messages", atMost: 1_000) {
            let conversation = try Conversation(
                ChatMessages.read(list), model, maximumTokens: maximumTokens)
            tokens = conversation.prompt
            self.conversation = conversation
            return
        } else {
            tokens = try model.tokens(of: try fields.string(name) ?? "")
        }
        conversation = nil
    }

    /// The tokens to look inside with: at least one, and no more than can be shown.
    func few(atMost count: Int) throws(APIError) -> [Int32] {
        let limit = min(count, model.contextLength)
        guard tokens.count <= limit else {
            throw APIError(
                .badRequest, "The text has \(tokens.count) tokens; at most \(limit) can be shown.",
                parameter: "text", code: "too_many_tokens")
        }
        return tokens.isEmpty ? [model.startToken] : tokens
    }
}
