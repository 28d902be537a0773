import MiniTensor

/// Examples that are kept whole, such as conversations, of which some tokens only are learned.
///
/// A row of a batch is filled with random examples, one after the other, until the next does not fit;
/// the rest does not count. So an example stands at the start of a row and at many other places, and
/// little is wasted on filling.
public struct ExampleDataset: TrainingData {
    /// Tokens, and which of them are to be learned.
    public struct Example: Sendable, Equatable {
        /// The tokens.
        public var tokens: [Int32]
        /// Of each token, whether the model is to learn to say it. The first cannot be: nothing
        /// comes before it.
        public var counts: [Bool]

        /// An example.
        ///
        /// - Precondition: there are as many flags as tokens.
        public init(tokens: [Int32], counts: [Bool]) {
            precondition(
                tokens.count == counts.count,
                "An example of \(tokens.count) tokens needs as many flags, not \(counts.count).")
            self.tokens = tokens
            self.counts = counts
        }
    }

    /// All examples.
    public let examples: [Example]
    /// The length of a row.
    public let contextLength: Int

    /// A dataset.
    ///
    /// - Precondition: there is an example, and each has 2 to `contextLength + 1` tokens.
    public init(_ examples: [Example], contextLength: Int) {
        precondition(!examples.isEmpty, "A dataset needs at least one example.")
        precondition(
            examples.allSatisfy { (2...contextLength + 1).contains($0.tokens.count) },
            "Every example needs 2 to \(contextLength + 1) tokens to fit into a row.")
        self.examples = examples
        self.contextLength = contextLength
    }

    /// How many tokens are learned.
    public var countedTokens: Int {
        examples.reduce(0) { $0 + $1.counts.dropFirst().count { $0 } }
    }

    /// How many tokens there are.
    public var tokenCount: Int { examples.reduce(0) { $0 + $1.tokens.count } }

    /// Numbers and checksum.
    public var identity: String {
        var everything: [Int32] = []
        for example in examples {
            everything.append(Int32(clamping: example.tokens.count))
            everything += example.tokens
            everything += example.counts.map { $0 ? 1 : 0 }
        }
        let checksum = Checksum(TokenStore(everything).checksum)
        return "\(examples.count) examples of \(tokenCount) tokens with checksum \(checksum)"
    }

    /// Rows of random examples.
    public func batch(
        _ size: Int, using generator: inout some RandomNumberGenerator
    ) -> (inputs: TokenBatch, targets: TokenBatch) {
        var rows = Rows(contextLength)
        for _ in 0..<size {
            rows.begin()
            while rows.take(examples[Int.random(in: examples.indices, using: &generator)]) {}
        }
        return rows.batch
    }

    /// All examples in order, each once.
    public func forEachBatch(
        _ size: Int, _ body: (_ inputs: TokenBatch, _ targets: TokenBatch) -> Bool
    ) {
        var rows = Rows(contextLength)
        rows.begin()
        for example in examples where !rows.take(example) {
            if rows.count == size {
                guard body(rows.batch.inputs, rows.batch.targets) else { return }
                rows = Rows(contextLength)
            }
            rows.begin()
            _ = rows.take(example)
        }
        _ = body(rows.batch.inputs, rows.batch.targets)
    }

    /// Rows that are being filled.
    private struct Rows {
        private let length: Int
        private var tokens: [[Int32]] = []
        private var targets: [[Int32]] = []

        init(_ length: Int) { self.length = length }

        var count: Int { tokens.count }

        mutating func begin() {
            tokens.append([])
            targets.append([])
        }

        /// Appends an example to the last row, if it fits.
        mutating func take(_ example: Example) -> Bool {
            let row = tokens.count - 1
            // The last token of a row is a target alone.
            guard tokens[row].count + example.tokens.count <= length + 1 else { return false }
            tokens[row] += example.tokens
            targets[row] += zip(example.tokens, example.counts).enumerated().map { place, pair in
                place > 0 && pair.1 ? pair.0 : -1
            }
            return true
        }

        var batch: (inputs: TokenBatch, targets: TokenBatch) {
            func filled(_ row: ArraySlice<Int32>, with value: Int32) -> [Int32] {
                row + [Int32](repeating: value, count: length - row.count)
            }
            let inputs = tokens.flatMap { filled($0.prefix(length), with: 0) }
            let outputs = targets.flatMap { filled($0.dropFirst(), with: -1) }
            return (
                TokenBatch(inputs, batch: count, time: length),
                TokenBatch(outputs, batch: count, time: length)
            )
        }
    }
}
