import MiniNN
import MiniTensor

extension GPT {
    /// The loss of a batch and its gradients: what a training step needs.
    ///
    /// To rounding the same as `valueAndGradients(of: model) { $0.loss(…) }`. The operations of a small
    /// model are too short to be shared between threads, so its batch is divided instead: each half goes
    /// through the model on a thread of its own, and their gradients are added. Whether a batch is
    /// divided depends on the model and the batch alone, so any number of threads gives the same bits.
    ///
    /// - Parameters:
    ///   - inputs: `[batch, time]`.
    ///   - targets: `[batch, time]`: the token after each input; −1 does not count.
    ///   - mode: each half draws what it drops from a seed of its own.
    ///   - recomputingBlocks: save memory for time; see `representation(of:)`.
    public func lossAndGradients(
        _ inputs: TokenBatch, targets: TokenBatch, mode: Mode = .inference,
        recomputingBlocks: Bool = false
    ) -> (value: Float, gradients: Gradients) {
        @Sendable func part(
            _ inputs: TokenBatch, _ targets: TokenBatch, _ mode: Mode
        ) -> (value: Float, gradients: Gradients) {
            valueAndGradients(of: self) {
                $0.loss(
                    inputs, targets: targets, mode: mode, recomputingBlocks: recomputingBlocks)
            }
        }
        guard configuration.dividesBatch(of: inputs.batch) else {
            return part(inputs, targets, mode)
        }
        let middle = inputs.batch / 2
        let halves = [0..<middle, middle..<inputs.batch]
        let counts = halves.map { Float(targets.rows($0).tokens.count { $0 != -1 }) }
        let results = mapInParallel(halves.count) { half in
            part(inputs.rows(halves[half]), targets.rows(halves[half]), mode.part(half))
        }
        let shares = counts.map { $0 / max(1, counts[0] + counts[1]) }
        return (
            shares[0] * results[0].value + shares[1] * results[1].value,
            results[0].gradients.scaled(by: shares[0]) + results[1].gradients.scaled(by: shares[1])
        )
    }
}

extension GPT.Configuration {
    /// Whether two threads train faster with half of the sequences each than with half of every
    /// operation. The gradients are there twice then, which for large models would matter.
    func dividesBatch(of sequences: Int) -> Bool {
        sequences >= 2 && parameterCount <= 1 << 20
    }
}
