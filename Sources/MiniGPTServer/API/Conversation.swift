import HTTPTypes
import MiniGPT
import MiniPipeline

/// A conversation of a request, as the prompt of its next answer.
///
/// Every dialect reads a conversation this way, as `ChatSession` does: of a long one whole turns are
/// left out, the oldest first, and an answer ends where the context is full.
struct Conversation: Sendable {
    /// The tokens, with the beginning of the answer at their end.
    let prompt: [Int32]
    /// How many of the oldest turns the model does not see.
    let droppedTurns: Int
    private let model: LoadedModel

    /// - Parameter maximumTokens: how long the answer may become.
    /// - Throws: `APIError` if not even the last question fits into the context.
    init(
        _ messages: [ChatMessage], _ model: LoadedModel, maximumTokens: Int
    ) throws(APIError) {
        do throws(ChatError) {
            let prompt = try ChatPrompt(
                messages, template: model.chat, tokenizer: model.tokenizer,
                contextLength: model.contextLength, reserve: maximumTokens)
            (self.prompt, droppedTurns) = (prompt.tokens, prompt.droppedTurns)
        } catch {
            throw APIError(
                .badRequest, error.description, parameter: "messages",
                code: "context_length_exceeded")
        }
        self.model = model
    }

    /// Sets where the answer ends.
    func endAnswer(_ options: inout GenerationOptions) {
        options.endAnswers(of: model.chat, model.tokenizer, endTokens: model.endTokens)
    }
}
