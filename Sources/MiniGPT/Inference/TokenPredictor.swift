/// Reads tokens one after another and says, after the last, how likely each token is next.
///
/// What generation needs of a model. It remembers what it has read; how (by a cache of keys and
/// values, by reading all again) is its own business.
public protocol TokenPredictor: Sendable {
    /// The number of logits.
    var vocabularySize: Int { get }
    /// The longest text it can look at, in tokens.
    var contextLength: Int { get }
    /// What it looks at now, oldest first: at most `contextLength` tokens.
    var tokens: [Int32] { get }
    /// How likely each token is next, before any softmax: `[vocabulary]`. Empty before the first
    /// token was read, and after some were forgotten.
    var logits: [Float] { get }

    /// Reads more tokens; `logits` are then those after the last of them.
    ///
    /// - Precondition: all fit into the context together with what it looks at already.
    mutating func read(_ more: some Collection<Int32>)
    /// Reads more tokens and gives the logits after each: `[more.count][vocabulary]`.
    ///
    /// The default reads them one by one.
    mutating func readAll(_ more: some Collection<Int32>) -> [[Float]]
    /// Forgets all but the first `count` tokens, so that another continuation can be read. If any
    /// are forgotten, the logits are empty until more is read.
    mutating func keepFirst(_ count: Int)
}

/// The plain way: the whole text goes through the model for every token.
///
/// The oracle of the faster ones, and the easiest to read.
public struct FullForwardPredictor: TokenPredictor {
    private let model: GPT
    /// What it looks at now, oldest first.
    public private(set) var tokens: [Int32] = []
    /// How likely each token is next; empty when that is not known.
    public private(set) var logits: [Float] = []

    /// A predictor that has read nothing.
    public init(_ model: GPT) { self.model = model }

    /// The number of logits.
    public var vocabularySize: Int { model.configuration.vocabularySize }
    /// The longest text it can look at, in tokens.
    public var contextLength: Int { model.configuration.contextLength }

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
