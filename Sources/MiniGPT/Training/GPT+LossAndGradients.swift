import MiniTensor
import Foundation

extension GPT {
    /// The loss of a batch and its gradients: what a training step needs.
    public func lossAndGradients(
        _ inputs: TokenBatch, targets: TokenBatch, mode: Mode = .inference,
        recomputingBlocks: Bool = false
    ) -> (value: Float, gradients: Gradients) {
        let parts = Int(ProcessInfo.processInfo.environment["PARTS"] ?? "1")!
        if parts == 1 {
            return valueAndGradients(of: self) {
                $0.loss(
                    inputs, targets: targets, mode: mode, recomputingBlocks: recomputingBlocks)
            }
        }
        let counted = targets.tokens.reduce(0) { $0 + ($1 == -1 ? 0 : 1) }
        var results = [(value: Float, gradients: Gradients)?](repeating: nil, count: parts)
        var weights = [Float](repeating: 0, count: parts)
        results.withUnsafeMutableBufferPointer { results in
            weights.withUnsafeMutableBufferPointer { weights in
                forEachChunk(of: parts, grain: 1) { range in
                    for part in range {
                        let rows = inputs.batch * part / parts..<inputs.batch * (part + 1) / parts
                        let targets = targets.rows(rows)
                        weights[part] = Float(
                            targets.tokens.reduce(0) { $0 + ($1 == -1 ? 0 : 1) }) / Float(counted)
                        results[part] = valueAndGradients(of: self) {
                            $0.loss(
                                inputs.rows(rows), targets: targets, mode: mode.part(part),
                                recomputingBlocks: recomputingBlocks)
                        }
                    }
                }
            }
        }
        let all = results.compactMap { $0 }
        let value = zip(all, weights).reduce(Float(0)) { $0 + $1.0.value * $1.1 }
        return (value, Gradients.weightedSum(all.map(\.gradients), weights: weights))
    }
}
