/// What happens when the text has become longer than the model's context.
///
/// Positions are learned: the vector of position 5 was trained to stand fifth. A text cannot slide
/// under them with what was computed; whatever moves is read again at its new place.
public enum ContextPolicy: Sendable, Equatable {
    /// Forget the oldest tokens but the first `keepingFirst`, and read the rest again.
    ///
    /// `discarding` says how many at a time; `nil` is half of those that may go. Each time costs
    /// reading all that stays, so with `discarding: 1` every token costs a whole context, and with
    /// half of it one token on average.
    case slide(keepingFirst: Int = 0, discarding: Int? = nil)
    /// End the text.
    case stop

    func validate(contextLength: Int) throws(GenerationParameterError) {
        guard case .slide(let keepingFirst, let discarding) = self else { return }
        guard keepingFirst >= 0, keepingFirst < contextLength else {
            throw GenerationParameterError(
                name: "keepingFirst", value: "\(keepingFirst)",
                allowed: "from 0 to \(contextLength - 1), below the context length")
        }
        if let discarding { try Check.atLeast(1, "discarding", discarding) }
    }

    /// What of a prompt fits: all, or its end and the first tokens to keep.
    func window(of prompt: [Int32], contextLength: Int) -> [Int32] {
        guard prompt.count > contextLength else { return prompt }
        var kept = 0
        if case .slide(let keepingFirst, _) = self { kept = keepingFirst }
        return prompt.prefix(kept) + prompt.suffix(contextLength - kept)
    }

    /// The tokens to look at when one more than fits must be read; `nil` to stop.
    func window(after tokens: [Int32], reading next: Int32) -> [Int32]? {
        guard case .slide(let keepingFirst, let discarding) = self else { return nil }
        let kept = min(keepingFirst, tokens.count)
        let movable = tokens.count - kept
        let gone = min(max(discarding ?? movable / 2, 1), movable)
        return tokens.prefix(kept) + tokens.dropFirst(kept + gone) + [next]
    }
}
