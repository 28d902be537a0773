/// What `encode` does where the text contains a special token's content.
public enum SpecialTokenPolicy: Hashable, Sendable {
    /// Special tokens in the text are ordinary text: the safe choice for text from outside.
    case asText
    /// Special tokens in the text become their tokens, as in Hugging Face's `encode`.
    case recognized
    /// Only these contents become special tokens.
    case only(Set<String>)

    func recognizes(_ token: AddedToken) -> Bool {
        guard token.isSpecial else { return true }
        switch self {
        case .asText: return false
        case .recognized: return true
        case .only(let contents): return contents.contains(token.content)
        }
    }
}
