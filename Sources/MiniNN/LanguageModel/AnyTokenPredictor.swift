/// A predictor of any model, where the kind of model is known only when the program runs.
public struct AnyTokenPredictor: TokenPredictor {
    private var base: any TokenPredictor

    /// The same as another predictor, and what that has read.
    public init(_ base: any TokenPredictor) { self.base = base }

    /// The number of logits.
    public var vocabularySize: Int { base.vocabularySize }
    /// The longest text it can look at, in tokens.
    public var contextLength: Int { base.contextLength }
    /// The tokens that the model looks at now, oldest first.
    public var tokens: [Int32] { base.tokens }
    /// How likely each token is next; empty when that is not known.
    public var logits: [Float] { base.logits }

    /// Reads more tokens; `logits` are then those after the last of them.
    public mutating func read(_ more: some Collection<Int32>) { base.read(more) }

    /// Reads more tokens and gives the logits after each: `[more.count][vocabulary]`.
    public mutating func readAll(_ more: some Collection<Int32>) -> [[Float]] {
        base.readAll(more)
    }

    /// Forgets all but the first `count` tokens.
    public mutating func keepFirst(_ count: Int) { base.keepFirst(count) }
}
