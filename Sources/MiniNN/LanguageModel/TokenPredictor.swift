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

extension TokenPredictor {
    /// The default: one token after the other.
    ///
    /// A predictor that reads several tokens in one pass gives all these logits for the price of one.
    public mutating func readAll(_ more: some Collection<Int32>) -> [[Float]] {
        more.map { token in
            read(CollectionOfOne(token))
            return logits
        }
    }
}
