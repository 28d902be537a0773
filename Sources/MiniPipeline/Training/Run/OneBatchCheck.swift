import Foundation
import MiniGPT

/// A test of model, data and optimizer: whoever can learn must be able to learn one batch by heart.
public struct OneBatchCheck: Sendable, Codable {
    /// Whether the loss came near to the lowest one possible.
    public let passed: Bool
    /// How many steps were made on the batch.
    public let steps: Int
    /// Before the first step, in nats for each token.
    public let firstLoss: Double
    /// The loss after the last step, in nats for each token.
    public let loss: Double
    /// The lowest possible loss: above 0 where examples of the batch begin alike and go on
    /// differently.
    public let floor: Double

    /// How near is near, in nats.
    private static let margin = 0.1

    /// Learns one batch by heart; the model is thrown away.
    ///
    /// - Parameter onStep: gets the number of steps and the loss.
    init(
        _ recipe: Recipe, _ lesson: Lesson, until stop: StopSignal,
        onStep: (Int, Double) -> Void
    ) {
        var generator = SplitMix64(seed: recipe.seed)
        var configuration = lesson.configuration
        configuration.dropout = 0
        var model = GPT(configuration, using: &generator)
        let batch = lesson.training.batch(recipe.batch, using: &generator)
        var optimizer = AdamW(
            learningRate: .linear(
                peak: recipe.learningRate, warmup: 10, total: 11, floor: recipe.learningRate),
            betas: (Double(recipe.beta1), Double(recipe.beta2)), weightDecay: 0)
        floor = Self.lowestLoss(batch.inputs, batch.targets)
        var (first, last, count) = (Double.nan, Double.infinity, 0)
        while count < recipe.iterations, !stop.isRaised, !(last <= floor + Self.margin) {
            let (loss, gradients) = model.lossAndGradients(
                batch.inputs, targets: batch.targets, recomputingBlocks: recipe.recomputeBlocks)
            last = Double(loss)
            if count == 0 { first = last }
            guard last.isFinite else { break }
            optimizer.update(
                &model, along: gradients.clipped(toNorm: recipe.clip > 0 ? recipe.clip : .infinity))
            count += 1
            onStep(count, last)
        }
        (steps, firstLoss, loss) = (count, first, last)
        passed = last <= floor + Self.margin
    }

    /// The mean loss of a model that knows the batch by heart: what begins alike cannot be told
    /// apart, so its next tokens get the shares they have.
    static func lowestLoss(_ inputs: TokenBatch, _ targets: TokenBatch) -> Double {
        let (rows, time) = (inputs.batch, inputs.time)
        // Which examples have been alike so far.
        var groups = [Array(0..<rows)]
        var total = 0.0
        for position in 0..<time {
            groups = groups.flatMap { group in
                Dictionary(grouping: group) { inputs.tokens[$0 * time + position] }.values
            }
            for group in groups where group.count > 1 {
                let shares = Dictionary(grouping: group) { targets.tokens[$0 * time + position] }
                for next in shares.values {
                    total += Double(next.count) * log(Double(group.count) / Double(next.count))
                }
            }
        }
        return total / Double(rows * time)
    }
}

extension Project {
    /// Checks that a training can learn one batch of the prepared texts by heart. Writes nothing.
    ///
    /// - Throws: `PipelineError`.
    public func overfitOneBatch(
        _ request: TrainingRequest, until stop: StopSignal,
        onStep: (Int, Double) -> Void = { _, _ in }
    ) throws -> OneBatchCheck {
        try request.check()
        try require(.prepare)
        return OneBatchCheck(
            request.recipe, try Lesson(self, request.recipe), until: stop, onStep: onStep)
    }
}
