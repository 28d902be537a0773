extension TokenPredictor {
    /// Reads more tokens, forgetting some of the old ones if they do not fit any more.
    ///
    /// Positions are learned, each with its place from the start of the text, so what was read cannot
    /// slide to other positions: it has to be read again. When the context is full, the first `count`
    /// tokens stay (an instruction, the start of a chat), and of the others the newer half does; then
    /// there is room for as many tokens before that happens again. llama.cpp drops the same tokens.
    ///
    /// - Parameter count: the tokens from the start that always stay; at most half the context.
    /// - Returns: how many tokens were dropped.
    /// - Precondition: 0 ≤ `count` ≤ `contextLength / 2`.
    @discardableResult
    public mutating func read(
        _ more: some Collection<Int32>, keepingFirst count: Int
    ) -> Int {
        precondition(
            count >= 0 && count <= contextLength / 2,
            "Of a context of \(contextLength) tokens the first \(count) cannot always stay; at most half of it can."
        )
        if tokens.count + more.count <= contextLength {
            read(more)
            return 0
        }
        let all = tokens + more
        let kept = Swift.min(count, all.count)
        let room = contextLength - kept
        let rest = all.dropFirst(kept).suffix(Swift.max(1, room - room / 2))
        let shared = Swift.min(kept, tokens.count)
        keepFirst(shared)
        read(Array(all[shared..<kept]) + rest)
        return all.count - tokens.count
    }

    /// Moves to another text: keeps the tokens both begin with, and reads the others. The next turn of
    /// a chat costs only what is new.
    ///
    /// - Returns: how many tokens did not have to be read again.
    /// - Precondition: the text has at least one token and fits into the context.
    @discardableResult
    public mutating func moveTo(_ text: [Int32]) -> Int {
        precondition(!text.isEmpty, "A predictor needs at least one token to read.")
        var shared = 0
        while shared < Swift.min(tokens.count, text.count), tokens[shared] == text[shared] {
            shared += 1
        }
        if shared == tokens.count, shared == text.count, !logits.isEmpty { return shared }
        // The last token is read again for its logits.
        shared = Swift.min(shared, text.count - 1)
        keepFirst(shared)
        read(text[shared...])
        return shared
    }
}
