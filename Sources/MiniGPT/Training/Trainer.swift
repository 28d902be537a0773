import Foundation
import MiniTensor

/// Trains a GPT on a text and reports how it goes.
///
///     let trainer = Trainer(training: data.training, validation: data.validation)
///     try trainer.run(&model, &optimizer) { event in
///         if case .step(let report) = event { print(report.step, report.loss) }
///     }
public struct Trainer: Sendable {
    /// How to train.
    public struct Options: Sendable, Codable, Equatable {
        /// How many steps to make.
        public var steps = 2_000
        /// Examples in a batch.
        public var batchSize = 12
        /// Batches whose gradients are averaged for one step.
        public var gradientAccumulation = 1
        /// Gradients longer than this are shortened to it; `nil` for never.
        public var clipNorm: Float? = 1
        /// Test after so many steps, and at the end; 0 for never.
        public var validationInterval = 250
        /// Batches of a test; `nil` for the whole validation text.
        public var validationBatches: Int?
        /// Keep only the inputs of the blocks for the gradients: less memory, slower steps.
        public var recomputesBlocks = false
        /// Decides which examples come when, and what dropout drops.
        public var seed: UInt64 = 1337

        /// nanoGPT's recipe for a CPU.
        public init() {}
    }

    /// What is trained on.
    public let training: TokenDataset
    /// What is tested on.
    public let validation: TokenDataset?
    /// How.
    public var options: Options
    /// The machine's speed in matrix products, for the share of it that is reached; see
    /// `Compute.measurePeak()`.
    public var peakGigaflops: Double?
    /// Looked at after every step.
    public var stopSignal: StopSignal?

    /// A trainer for a text.
    public init(
        training: TokenDataset, validation: TokenDataset? = nil, options: Options = Options()
    ) {
        self.training = training
        self.validation = validation
        self.options = options
    }

    /// Makes the steps from `optimizer.step` to the last.
    ///
    /// The examples of a step depend on the seed and the number of the step alone, so a training
    /// that is taken up again sees what it would have seen.
    ///
    /// - Throws: `TrainingError` when the loss or a gradient is not finite, and what `onEvent` throws.
    @discardableResult
    public func run(
        _ model: inout GPT, _ optimizer: inout AdamW,
        onEvent: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> TrainingSummary {
        var progress = TrainingProgress(
            first: optimizer.step, total: options.steps,
            tokensPerStep: options.batchSize * options.gradientAccumulation
                * training.contextLength,
            operationsPerToken: model.configuration.trainingOperationsPerToken,
            peakGigaflops: peakGigaflops)
        var (lastLoss, lastValidation, best): (Float?, Float?, Float?) = (nil, nil, nil)
        while optimizer.step < options.steps, !isStopped {
            let rate = optimizer.learningRate(optimizer.step)
            let (loss, norm) = try step(&model, &optimizer)
            lastLoss = loss
            progress.didStep()
            try onEvent(
                .step(progress.report(loss: loss, learningRate: rate, gradientNorm: norm)))
            let isDue =
                options.validationInterval > 0
                && (optimizer.step % options.validationInterval == 0
                    || optimizer.step == options.steps)
            guard isDue, let validation, !isStopped else { continue }
            let (validationLoss, tokens) = progress.excludingTime {
                model.evaluate(on: validation, batches: options.validationBatches)
            }
            let isBest = best.map { validationLoss < $0 } ?? true
            if isBest { best = validationLoss }
            lastValidation = validationLoss
            try onEvent(
                .validation(
                    ValidationReport(
                        step: optimizer.step, loss: validationLoss, tokens: tokens, isBest: isBest,
                        elapsedSeconds: progress.elapsed)))
        }
        let summary = TrainingSummary(
            steps: optimizer.step, wasStopped: optimizer.step < options.steps, loss: lastLoss,
            validationLoss: lastValidation, bestValidationLoss: best,
            elapsedSeconds: progress.elapsed, tokensPerSecond: progress.overallTokensPerSecond)
        try onEvent(.finished(summary))
        return summary
    }

    private var isStopped: Bool { stopSignal?.isRaised ?? false }

    /// One update of the model from one or several batches.
    private func step(
        _ model: inout GPT, _ optimizer: inout AdamW
    ) throws(TrainingError) -> (loss: Float, gradientNorm: Float) {
        let number = optimizer.step
        var generator = SplitMix64(seed: options.seed).split(UInt64(number))
        var total: Float = 0
        var sum: Gradients?
        for _ in 0..<options.gradientAccumulation {
            let (inputs, targets) = training.batch(options.batchSize, using: &generator)
            let mode = Mode.training(seed: generator.next())
            let (loss, gradients) = valueAndGradients(of: model) {
                $0.loss(
                    inputs, targets: targets, mode: mode,
                    recomputingBlocks: options.recomputesBlocks)
            }
            total += loss
            sum = sum.map { $0 + gradients } ?? gradients
        }
        let share = 1 / Float(options.gradientAccumulation)
        let rate = optimizer.learningRate(number)
        guard total.isFinite, let sum else {
            throw .notFinite(what: "loss", step: number + 1, learningRate: rate)
        }
        let gradients = sum.scaled(by: share).clipped(toNorm: options.clipNorm ?? .infinity)
        let norm = gradients.normBeforeClipping ?? 0
        guard norm.isFinite else {
            throw .notFinite(what: "gradient norm", step: number + 1, learningRate: rate)
        }
        optimizer.update(&model, along: gradients)
        return (total * share, norm)
    }
}
