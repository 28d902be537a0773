import MiniTensor

extension LanguageModel {
    /// The mean loss on a text, in nats per token.
    ///
    /// - Parameters:
    ///   - batches: how many batches to look at, from the start; the whole text unless given.
    /// - Returns: the loss and the number of tokens it is the mean of.
    public func evaluate(
        on data: some TrainingData, batchSize: Int = 64, batches: Int? = nil
    ) -> (loss: Float, tokens: Int) {
        var total = 0.0
        var count = 0
        var left = batches ?? .max
        data.forEachBatch(batchSize) { inputs, targets in
            guard left > 0 else { return false }
            left -= 1
            // A partial batch weighs less, so losses are summed and divided at the end.
            total += Double(
                loss(inputs, targets: targets, reduction: .sum, mode: .inference).item())
            count += targets.tokens.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
            return true
        }
        return (count == 0 ? 0 : Float(total / Double(count)), count)
    }
}
