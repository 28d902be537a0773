import MiniTensor

/// What a model can be trained and tested on: it gives a batch for every step.
///
/// `TokenDataset` is a long text cut anywhere; `ExampleDataset` keeps examples whole and counts some
/// of their tokens only.
public protocol TrainingData: Sendable {
    /// The length of the rows of a batch.
    var contextLength: Int { get }
    /// What it holds, in words that are the same exactly if the data is.
    var identity: String { get }

    /// `size` rows that the generator decides.
    ///
    /// - Returns: inputs and targets, both `[size, contextLength]`; a target of −1 does not count.
    func batch(
        _ size: Int, using generator: inout some RandomNumberGenerator
    ) -> (inputs: TokenBatch, targets: TokenBatch)

    /// All of it once, in order, at most `size` rows at a time.
    func forEachBatch(
        _ size: Int, _ body: (_ inputs: TokenBatch, _ targets: TokenBatch) -> Bool)
}

extension TokenDataset: TrainingData {
    /// Length and checksum of the text.
    public var identity: String { tokens.identity }

    /// The whole text in order; `body` says whether to go on.
    public func forEachBatch(
        _ size: Int, _ body: (_ inputs: TokenBatch, _ targets: TokenBatch) -> Bool
    ) {
        for (inputs, targets) in sequentialBatches(size) {
            guard body(inputs, targets) else { return }
        }
    }
}
