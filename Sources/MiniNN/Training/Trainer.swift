import Foundation
import MiniTensor

/// Trains any language model with any optimizer, and reports how it goes.
///
///     let trainer = Trainer(training: data.training, validation: data.validation)
///     try trainer.run(&model, &optimizer) { event in
///         if case .step(let report) = event { print(report.step, report.loss) }
///     }
public struct Trainer: Sendable {
    /// How to train.
    public typealias Options = TrainingOptions

    /// What is trained on.
    public let training: any TrainingData
    /// What is tested on.
    public let validation: (any TrainingData)?
    /// How.
    public var options: Options
    /// The machine's speed in matrix products, for the share of it that is reached; see
    /// `Compute.measurePeak()`.
    public var peakGigaflops: Double?
    /// Looked at after every step.
    public var stopSignal: StopSignal?
    /// When and where to save; never unless given.
    public var checkpoints: CheckpointPlan?
    /// Where `resume` took the training up.
    var history: Checkpoint.Progress?

    /// A look at the model while it is trained.
    public struct Inspection<Model: LanguageModel>: Sendable {
        /// Look after so many steps, and at the end.
        public var steps: Int
        /// Gets the model and the number of steps made. A training that is taken up again looks at
        /// the step it starts from once more, since it may have been stopped before it could.
        public var body: @Sendable (_ model: Model, _ step: Int) throws -> Void

        /// A look after so many steps.
        public init(
            steps: Int, body: @escaping @Sendable (_ model: Model, _ step: Int) throws -> Void
        ) {
            precondition(steps >= 1, "A look every \(steps) steps is not possible; at least 1.")
            self.steps = steps
            self.body = body
        }
    }

    /// A trainer for a text.
    public init(
        training: some TrainingData, validation: (any TrainingData)? = nil,
        options: Options = Options()
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
    /// - Parameters:
    ///   - model: the model to train.
    ///   - optimizer: what changes it; its `step` says where the training stands.
    ///   - inspection: looks at the model now and then: lets it speak, say. The time that takes does
    ///     not count as training.
    ///   - onEvent: gets every step, validation and checkpoint.
    /// - Throws: `TrainingError` when an option cannot be used, or the loss or a gradient is not
    ///   finite; `CheckpointError` when the checkpoints are another training's or the last one cannot
    ///   be written; and what `onEvent` and the inspection throw.
    @discardableResult
    public func run<Model: LanguageModel, Updater: Optimizer>(
        _ model: inout Model, _ optimizer: inout Updater,
        inspecting inspection: Inspection<Model>? = nil,
        onEvent: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> TrainingSummary {
        try options.validate()
        var clock = TrainingProgress(
            first: optimizer.step, total: options.steps, tokensPerStep: tokensPerStep,
            operationsPerToken: model.trainingOperationsPerToken,
            peakGigaflops: peakGigaflops)
        var progress = start(at: optimizer.step)
        var saver = try checkpoints.map { plan throws(CheckpointError) in
            try CheckpointSaver(
                plan, settings: settings(model, optimizer), options: options,
                step: optimizer.step, resumedStep: history?.step)
        }
        // A training that fails leaves the last checkpoint whole.
        defer { checkpoints?.store.waitUntilIdle() }

        var lastLoss: Float?
        var lastValidation = progress.validationLoss
        if history != nil, progress.validationLoss == nil {
            // It may have been stopped when this test was due.
            let isBest = try validate(model, &progress, &clock, onEvent)
            lastValidation = progress.validationLoss
            if isBest {
                try saver?.didStep(model, optimizer, progress, isBest: true, onEvent: onEvent)
            }
        }
        if history != nil { try inspect(model, inspection, at: optimizer.step, &clock) }
        optimizer.prepare(for: model)
        while optimizer.step < options.steps, !isStopped {
            let rate = optimizer.learningRate(optimizer.step)
            let (loss, norm) = try step(&model, &optimizer)
            lastLoss = loss
            clock.didStep()
            progress = next(progress)
            try onEvent(.step(clock.report(loss: loss, learningRate: rate, gradientNorm: norm)))
            let isBest = try validate(model, &progress, &clock, onEvent)
            lastValidation = progress.validationLoss ?? lastValidation
            try inspect(model, inspection, at: optimizer.step, &clock)
            try saver?.didStep(model, optimizer, progress, isBest: isBest, onEvent: onEvent)
        }
        let wasStopped = optimizer.step < options.steps
        try saver?.finish(model, optimizer, progress, isStop: wasStopped, onEvent: onEvent)
        let summary = TrainingSummary(
            steps: optimizer.step, wasStopped: wasStopped, loss: lastLoss,
            validationLoss: lastValidation, bestValidationLoss: progress.bestValidationLoss,
            elapsedSeconds: clock.elapsed, tokensPerSecond: clock.overallTokensPerSecond)
        try onEvent(.finished(summary))
        return summary
    }

    private var tokensPerStep: Int {
        options.batchSize * options.gradientAccumulation * training.contextLength
    }

    /// The progress a run starts with.
    private func start(at step: Int) -> Checkpoint.Progress {
        let history = history.flatMap { $0.step == step ? $0 : nil }
        return Checkpoint.Progress(
            step: step, seed: options.seed,
            tokensSeen: history?.tokensSeen ?? step * tokensPerStep,
            validationLoss: history?.validationLoss,
            bestValidationLoss: history?.bestValidationLoss, bestStep: history?.bestStep)
    }

    /// The progress after one more step.
    private func next(_ progress: Checkpoint.Progress) -> Checkpoint.Progress {
        Checkpoint.Progress(
            step: progress.step + 1, seed: options.seed,
            tokensSeen: progress.tokensSeen + tokensPerStep,
            bestValidationLoss: progress.bestValidationLoss, bestStep: progress.bestStep)
    }

    /// Tests the model if it is time to, and says whether it is the best so far.
    private func validate(
        _ model: some LanguageModel, _ progress: inout Checkpoint.Progress,
        _ clock: inout TrainingProgress,
        _ onEvent: (TrainingEvent) throws -> Void
    ) throws -> Bool {
        let step = progress.step
        let isDue =
            options.validationInterval > 0
            && (step % options.validationInterval == 0 || step == options.steps)
        guard isDue, let validation, !isStopped else { return false }
        let (loss, tokens) = clock.excludingTime {
            model.evaluate(on: validation, batches: options.validationBatches)
        }
        let isBest = progress.bestValidationLoss.map { loss < $0 } ?? true
        progress.validationLoss = loss
        if isBest { (progress.bestValidationLoss, progress.bestStep) = (loss, step) }
        try onEvent(
            .validation(
                ValidationReport(
                    step: step, loss: loss, tokens: tokens, isBest: isBest,
                    elapsedSeconds: clock.elapsed)))
        return isBest
    }

    /// Has a look at the model if it is time to.
    private func inspect<Model: LanguageModel>(
        _ model: Model, _ inspection: Inspection<Model>?, at step: Int,
        _ clock: inout TrainingProgress
    ) throws {
        guard let inspection, !isStopped, step > 0,
            step % inspection.steps == 0 || step == options.steps
        else { return }
        try clock.excludingTime { try inspection.body(model, step) }
    }

    private var isStopped: Bool { stopSignal?.isRaised ?? false }

    /// One update of the model from one or several batches.
    private func step(
        _ model: inout some LanguageModel, _ optimizer: inout some Optimizer
    ) throws(TrainingError) -> (loss: Float, gradientNorm: Float) {
        let number = optimizer.step
        var generator = TrainingOptions.generator(seed: options.seed, step: number)
        var batches: [(inputs: TokenBatch, targets: TokenBatch, mode: Mode)] = []
        for _ in 0..<options.gradientAccumulation {
            let (inputs, targets) = training.batch(options.batchSize, using: &generator)
            batches.append((inputs, targets, .training(seed: generator.next())))
        }
        // A loss is a mean over the targets that count: a batch with more of them weighs more, so
        // that several batches are one large batch. With as many in each, every weight is 1.
        let counts = batches.map { $0.targets.tokens.count { $0 >= 0 } }
        let meanCount = Float(counts.reduce(0, +)) / Float(counts.count)
        var total: Float = 0
        var sum: Gradients?
        for (batch, count) in zip(batches, counts) {
            let (loss, gradients) = model.lossAndGradients(
                batch.inputs, targets: batch.targets, mode: batch.mode,
                recomputingBlocks: options.recomputesBlocks)
            let weight = meanCount > 0 ? Float(count) / meanCount : 1
            total += loss * weight
            let weighted = gradients.scaled(by: weight)
            sum = sum.map { $0 + weighted } ?? weighted
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
