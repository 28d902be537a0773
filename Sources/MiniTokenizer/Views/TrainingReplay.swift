import MiniSupport

/// What one step of a training did.
public struct ReplayStep: Hashable, Sendable {
    /// The number of the merge, from 1.
    public let number: Int
    /// The two tokens that became one, in a form that can be shown.
    public let left, right: String
    /// The token that the pair became.
    public let result: String
    /// How often they stood side by side.
    public let count: Int
    /// A sample text in its tokens after this merge, in a form that can be shown; empty when there
    /// is no sample.
    public let sample: [String]

    /// A step of a training, with its texts as they are to be shown.
    public init(
        number: Int, left: String, right: String, result: String, count: Int,
        sample: [String] = []
    ) {
        self.number = number
        self.left = left
        self.right = right
        self.result = result
        self.count = count
        self.sample = sample
    }
}

/// Plays a training again, merge by merge: which pair, how often, what it made, and what became of
/// a sample text.
///
///     let training = try BytePairTrainer(vocabularySize: 300).train(on: [text])
///     print(TrainingReplay(training, sample: "the theatre").table(10))
public struct TrainingReplay: Sequence, Sendable {
    private let training: BytePairTraining
    private let sample: String

    /// The replay of a training, with a sample text that is merged along.
    public init(_ training: BytePairTraining, sample: String = "") {
        self.training = training
        self.sample = sample
    }

    /// Makes the steps one by one; each takes time in proportion to the sample.
    public struct Iterator: IteratorProtocol {
        private let training: BytePairTraining
        private var index = 0
        /// The tokens of each piece of the sample so far.
        private var pieces: [[Int32]] = []

        fileprivate init(_ training: BytePairTraining, _ sample: String) {
            self.training = training
            let model = training.tokenizer.model
            training.tokenizer.withUTF8(of: sample) { bytes, count in
                // A text that the rule cannot cut is shown as one piece.
                let found = (try? model.splitter.pieces(in: bytes, 0..<count)) ?? [0..<count]
                pieces = found.map { piece in piece.map { model.ofByte[Int(bytes[$0])] } }
            }
        }

        private func name(_ token: Int32) -> String {
            VisibleText.line(training.tokenizer.bytes(of: token) ?? [])
        }

        /// The next merge, or `nil` after the last.
        public mutating func next() -> ReplayStep? {
            guard index < training.steps.count else { return nil }
            let step = training.steps[index]
            index += 1
            for piece in pieces.indices { apply(step.merge, to: &pieces[piece]) }
            return ReplayStep(
                number: index, left: name(step.merge.left), right: name(step.merge.right),
                result: name(step.merge.made), count: step.count,
                sample: pieces.flatMap { $0.map(name) })
        }

        private func apply(_ merge: BytePairMerge, to tokens: inout [Int32]) {
            var index = 0
            while index + 1 < tokens.count {
                if tokens[index] == merge.left, tokens[index + 1] == merge.right {
                    tokens[index] = merge.made
                    tokens.remove(at: index + 1)
                }
                index += 1
            }
        }
    }

    /// An iterator from the first merge on.
    public func makeIterator() -> Iterator { Iterator(training, sample) }

    /// The first steps as a table for a terminal.
    public func table(_ count: Int) -> String { Self.table(prefix(count)) }

    /// Steps as a table for a terminal, one line each.
    public static func table(_ steps: some Sequence<ReplayStep>) -> String {
        TextTable(
            steps.map { step in
                [
                    "\(step.number)", step.count.groupedDigits + " ×",
                    "\(step.left) + \(step.right)", "→", step.result,
                    step.sample.joined(separator: "|"),
                ]
            }
        ).text() + "\n"
    }
}
