import MiniNN
import MiniTensor

/// Reads tokens and remembers their keys and values, so that the next token costs one pass for itself
/// alone.
///
///     var predictor = InferenceModel(model, weights: .q8).predictor()
///     predictor.read(prompt)                       // one pass
///     while let token = choose(predictor.logits) { predictor.read([token]) }
///
/// A value: a copy continues on its own. What was read is shared until one of them reads on, so a
/// prompt that is read once can be continued many times. The cache and everything a token needs is
/// allocated at the start and kept; reading one token allocates nothing.
///
/// The logits have the same bits however the tokens were divided among calls, whether alone or in a
/// `BatchPredictor`, and on any number of threads.
public struct CachedPredictor: TokenPredictor {
    /// The weights.
    public let model: InferenceModel
    /// The tokens that the model looks at now, oldest first.
    public internal(set) var tokens: [Int32] = []
    /// How likely each token is next; empty when that is not known.
    public internal(set) var logits: [Float] = []
    var cache: KeyValueCache
    private var workspace: Workspace

    /// A predictor that has read nothing.
    public init(_ model: InferenceModel) {
        self.model = model
        cache = KeyValueCache(model.configuration)
        workspace = Workspace(model, rows: 1)
        tokens.reserveCapacity(model.configuration.contextLength)
    }

    /// A predictor of a model, with its weights as they are.
    public init(_ model: GPT) { self.init(InferenceModel(model)) }

    /// The number of logits.
    public var vocabularySize: Int { model.configuration.vocabularySize }
    /// The longest text it can look at, in tokens.
    public var contextLength: Int { model.configuration.contextLength }

    /// Reads more tokens; `logits` are then those after the last of them.
    public mutating func read(_ more: some Collection<Int32>) {
        guard !more.isEmpty else { return }
        let start = begin(more)
        if !isKnownUniquelyReferenced(&workspace) { workspace = Workspace(model, rows: 1) }
        let scratch = more.count == 1 ? workspace : Workspace(model, rows: Self.rows(more.count))
        var rows = 0
        for first in stride(from: start, to: tokens.count, by: scratch.rows) {
            rows = pass(from: first, in: scratch)
        }
        model.logits(ofRows: rows - 1..<rows, in: scratch)
        setLogits(from: scratch.logits)
    }

    /// Forgets all but the first `count` tokens.
    public mutating func keepFirst(_ count: Int) {
        precondition(
            count >= 0 && count <= tokens.count,
            "\(count) of \(tokens.count) tokens cannot be kept.")
        guard count < tokens.count else { return }
        tokens.removeLast(tokens.count - count)
        logits.removeAll(keepingCapacity: true)
    }

    /// Reads more tokens in one pass and gives the logits after each of them: what checking a guess
    /// of several tokens needs.
    public mutating func readAll(_ more: some Collection<Int32>) -> [[Float]] {
        let vocabulary = vocabularySize
        var result: [[Float]] = []
        result.reserveCapacity(more.count)
        readAll(more) { _, logits in
            result.append(Array(UnsafeBufferPointer(start: logits, count: vocabulary)))
        }
        return result
    }

    /// Reads more tokens and shows the logits after each of them, in order.
    mutating func readAll(
        _ more: some Collection<Int32>, _ body: (Int, UnsafeMutablePointer<Float>) -> Void
    ) {
        guard !more.isEmpty else { return }
        let start = begin(more)
        let scratch = Workspace(model, rows: Self.rows(more.count), logitRows: Self.logitRows)
        for position in stride(from: start, to: tokens.count, by: scratch.rows) {
            let count = pass(from: position, in: scratch)
            for first in stride(from: 0, to: count, by: Self.logitRows) {
                let rows = first..<min(first + Self.logitRows, count)
                model.logits(ofRows: rows, in: scratch)
                for row in rows {
                    let logits = scratch.logits + (row - first) * scratch.logitStride
                    if position + row == tokens.count - 1 { setLogits(from: logits) }
                    body(position + row - start, logits)
                }
            }
        }
    }

    /// Rows of logits that are made at a time.
    private static let logitRows = 32
    /// Tokens of a prompt that go through the model at a time.
    static let chunk = 128

    static func rows(_ count: Int) -> Int { min(count, chunk) }

    /// Checks and appends tokens, and makes the cache this predictor's own.
    ///
    /// - Returns: the position of the first.
    mutating func begin(_ more: some Collection<Int32>) -> Int {
        precondition(
            tokens.count + more.count <= contextLength,
            "The model looks at \(contextLength) tokens at most, but \(tokens.count + more.count) were given."
        )
        for token in more {
            precondition(
                token >= 0 && token < vocabularySize,
                "Token \(token) is outside the vocabulary 0..<\(vocabularySize).")
        }
        let start = tokens.count
        if !isKnownUniquelyReferenced(&cache) { cache = KeyValueCache(cache, first: start) }
        tokens.reserveCapacity(contextLength)
        tokens.append(contentsOf: more)
        return start
    }

    /// Sends tokens from a position on through the model, as many as the workspace has rows for.
    ///
    /// - Returns: how many.
    private func pass(from first: Int, in w: Workspace) -> Int {
        let count = min(w.rows, tokens.count - first)
        for row in 0..<count {
            w.tokens[row] = tokens[first + row]
            w.positions[row] = Int32(first + row)
            w.caches[row] = cache.pointer
        }
        model.forward(rows: count, in: w)
        return count
    }

    mutating func setLogits(from source: UnsafeMutablePointer<Float>) {
        if logits.count != vocabularySize {
            logits = [Float](repeating: 0, count: vocabularySize)
        }
        logits.withUnsafeMutableBufferPointer { target in
            target.baseAddress?.update(from: source, count: target.count)
        }
    }
}

extension GPT {
    /// Generation keeps keys and values, and packs the weights for it.
    public typealias Predictor = CachedPredictor

    /// A predictor that has read nothing, with the weights packed as they are.
    public func predictor() -> CachedPredictor { CachedPredictor(self) }
}
