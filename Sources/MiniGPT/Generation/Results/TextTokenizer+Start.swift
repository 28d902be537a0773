import MiniTokenizer

extension TextTokenizer {
    /// Where a text without a prompt starts: the end-of-text token, else a line break, else token 0.
    package func startToken(vocabularySize: Int) -> Int32 {
        let start = endOfText ?? (try? encode("\n").first) ?? 0
        return start < vocabularySize ? start : 0
    }
}
