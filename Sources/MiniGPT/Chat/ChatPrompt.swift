import MiniTokenizer

/// A conversation as the tokens a model reads before it answers.
public struct ChatPrompt: Sendable, Equatable {
    /// The tokens, with the beginning of the assistant's turn at their end.
    public let tokens: [Int32]
    /// How many of the oldest turns were left out because they did not fit.
    public let droppedTurns: Int

    /// Writes a conversation so that it fits: whole turns are left out, the oldest first, never the
    /// system's words, and never the last question.
    ///
    /// - Parameters:
    ///   - contextLength: what the model looks at.
    ///   - reserve: how many tokens the answer needs; at most half of the context is kept free, and
    ///     for the last question alone an eighth is enough.
    /// - Throws: `ChatError` if not even the last question alone fits, or the tokenizer cannot express
    ///   the conversation.
    public init(
        _ messages: [ChatMessage], template: ChatTemplate, tokenizer: any TextTokenizer,
        contextLength: Int, reserve: Int
    ) throws(ChatError) {
        let room = contextLength - min(max(1, reserve), contextLength / 2)
        let system = messages.filter { $0.role == .system }
        var turns = messages.filter { $0.role != .system }
        var dropped = 0
        while true {
            let tokens: [Int32]
            do {
                tokens = try template.tokens(of: system + turns, answering: true, tokenizer)
            } catch {
                throw .tokenizer(error)
            }
            // An answer never stands first: it goes with its question.
            let next = turns.indices.dropFirst().first { turns[$0].role == .user }
            let limit = next == nil ? contextLength - max(1, contextLength / 8) : room
            if tokens.count <= limit {
                self.tokens = tokens
                droppedTurns = dropped
                return
            }
            if let next {
                dropped += next
                turns.removeFirst(next)
            } else {
                throw .tooLong(
                    tokens: tokens.count, limit: limit, contextLength: contextLength,
                    hasSystemText: !system.isEmpty)
            }
        }
    }
}

extension GenerationOptions {
    /// Sets where an answer of a conversation ends: at the template's ends, and where the context is
    /// full, since sliding on would drop half a turn.
    package mutating func endAnswers(
        of template: ChatTemplate, _ tokenizer: any TextTokenizer, endTokens: Set<Int32>
    ) {
        stopTokens.formUnion(endTokens)
        stopTokens.formUnion(template.endTokens(tokenizer))
        stopStrings += template.stopStrings(tokenizer)
        context = .stop
    }
}
