/// The plain way to generate: the whole text goes through the model for every token.
///
/// It works with any model. The tests of faster predictors compare with it.
public struct FullForwardPredictor<Model: LanguageModel>: TokenPredictor {
    private let model: Model
    /// The tokens that the model looks at now, oldest first.
    public private(set) var tokens: [Int32] = []
    /// How likely each token is next; empty when that is not known.
    public private(set) var logits: [Float] = []

    /// A predictor that has read nothing.
    public init(_ model: Model) { self.model = model }

    /// The number of logits.
    public var vocabularySize: Int { model.vocabularySize }
    /// The longest text it can look at, in tokens.
    public var contextLength: Int { model.contextLength }

    /// Reads more tokens; `logits` are then those after the last of them.
    public mutating func read(_ more: some Collection<Int32>) {
        precondition(
            tokens.count + more.count <= contextLength,
            "The model looks at \(contextLength) tokens at most, but \(tokens.count + more.count) were given."
        )
        tokens += more
        guard !tokens.isEmpty else { return }
        logits = model.nextTokenLogits(after: tokens)
    }

    /// Forgets all but the first `count` tokens.
    public mutating func keepFirst(_ count: Int) {
        precondition(
            count >= 0 && count <= tokens.count,
            "\(count) of \(tokens.count) tokens cannot be kept.")
        guard count < tokens.count else { return }
        tokens.removeLast(tokens.count - count)
        logits.removeAll()
    }
}
