/// Several texts that are continued at once, of different lengths: all weights are read once for a
/// token of each.
///
///     var batch = BatchPredictor(prompts.map { prompt in … a CachedPredictor that has read it … })
///     batch.read([[3], [17], [], [5, 9]])     // some tokens for each; none is fine
///     batch.sequences[0].logits
///
/// Sequences can come and go between any two steps, as the requests of a server do. Each gets the same
/// logits, bit by bit, as alone.
public struct BatchPredictor: Sendable {
    /// The texts. All have the same model.
    public var sequences: [CachedPredictor] {
        get { states }
        set {
            states = newValue
            requireOneModel()
        }
    }

    // Not `sequences` with an observer: changing one text in place must not copy its cache.
    private var states: [CachedPredictor]
    private var workspace: Workspace?

    /// A batch of texts.
    ///
    /// - Precondition: all have the same `InferenceModel`.
    public init(_ sequences: [CachedPredictor] = []) {
        states = sequences
        requireOneModel()
    }

    private func requireOneModel() {
        precondition(
            states.allSatisfy { $0.model === states[0].model },
            "The sequences of a batch must have one model.")
    }

    /// Reads more tokens of each sequence; the logits of those that read any are then those after
    /// its last.
    ///
    /// - Precondition: there is one list for each sequence, and all fit into the context.
    public mutating func read(_ more: [[Int32]]) {
        precondition(
            more.count == states.count,
            "A batch of \(states.count) sequences needs as many lists of tokens, not \(more.count)."
        )
        let total = more.reduce(0) { $0 + $1.count }
        guard total > 0, let model = states.first?.model else { return }
        let w = prepare(model, rows: Swift.min(total, CachedPredictor.chunk))
        var rows: [(sequence: Int, position: Int)] = []
        rows.reserveCapacity(total)
        for index in more.indices where !more[index].isEmpty {
            let start = states[index].begin(more[index])
            rows += (start..<states[index].tokens.count).map { (index, $0) }
        }
        for first in stride(from: 0, to: total, by: w.rows) {
            let part = rows[first..<Swift.min(first + w.rows, total)]
            for (row, (index, position)) in part.enumerated() {
                w.tokens[row] = states[index].tokens[position]
                w.positions[row] = Int32(position)
                w.caches[row] = states[index].cache.pointer
            }
            model.forward(rows: part.count, in: w)
            takeLogits(Array(part), model, w)
        }
    }

    /// Makes the logits of the rows that are the last of their sequence.
    private mutating func takeLogits(
        _ rows: [(sequence: Int, position: Int)], _ model: InferenceModel, _ w: Workspace
    ) {
        // The streams of those rows move to the front, some at a time.
        let width = model.configuration.width
        let wanted = rows.indices.filter {
            rows[$0].position == states[rows[$0].sequence].tokens.count - 1
        }
        for first in stride(from: 0, to: wanted.count, by: w.logitRows) {
            let some = wanted[first..<Swift.min(first + w.logitRows, wanted.count)]
            for (target, row) in some.enumerated() where first + target != row {
                (w.residual + (first + target) * width)
                    .update(from: w.residual + row * width, count: width)
            }
            model.logits(ofRows: first..<first + some.count, in: w)
            for (target, row) in some.enumerated() {
                states[rows[row].sequence].setLogits(from: w.logits + target * w.logitStride)
            }
        }
    }

    /// The workspace, if it is ours alone and large enough, or a new one.
    private mutating func prepare(_ model: InferenceModel, rows: Int) -> Workspace {
        // Asked before it is bound to a name, which would be another reference.
        if isKnownUniquelyReferenced(&workspace), let kept = workspace, kept.rows >= rows {
            return kept
        }
        let logitRows = Swift.min(32, Swift.max(1, states.count))
        let new = Workspace(model, rows: rows, logitRows: logitRows)
        workspace = new
        return new
    }
}
