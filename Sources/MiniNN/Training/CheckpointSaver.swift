import Foundation

/// Follows a plan during one run of a trainer.
struct CheckpointSaver {
    private let plan: CheckpointPlan
    private let settings: TrainingSettings
    private let options: Trainer.Options
    private let clock = ContinuousClock()
    private var lastStep: Int
    private var lastTime: ContinuousClock.Instant
    /// The step of the last checkpoint that was begun, if it has not failed.
    private var savedStep: Int?

    /// - Parameter resumedStep: the step of the checkpoint that the run starts from.
    init(
        _ plan: CheckpointPlan, settings: TrainingSettings, options: Trainer.Options, step: Int,
        resumedStep: Int?
    ) throws(CheckpointError) {
        try plan.store.requireNoneLater(than: step)
        self.plan = plan
        self.settings = settings
        self.options = options
        lastStep = step
        lastTime = clock.now
        savedStep = resumedStep
    }

    /// Saves in the background if it is time to.
    mutating func didStep(
        _ model: some LanguageModel, _ optimizer: some Optimizer, _ progress: Checkpoint.Progress,
        isBest: Bool,
        onEvent: (TrainingEvent) throws -> Void
    ) throws {
        try report(onEvent)
        guard let reason = reason(progress.step, isBest: isBest) else { return }
        try onEvent(.checkpoint(.began(step: progress.step, reason: reason)))
        plan.store.saveInBackground(checkpoint(model, optimizer, progress))
        begin(progress.step)
    }

    /// Saves the last state, if it is not saved yet, and waits until it is on the disk.
    ///
    /// - Throws: `CheckpointError`, and what `onEvent` throws.
    mutating func finish(
        _ model: some LanguageModel, _ optimizer: some Optimizer, _ progress: Checkpoint.Progress,
        isStop: Bool,
        onEvent: (TrainingEvent) throws -> Void
    ) throws {
        plan.store.waitUntilIdle()
        try report(onEvent)
        guard savedStep != progress.step else { return }
        try onEvent(.checkpoint(.began(step: progress.step, reason: isStop ? .stop : .end)))
        let report = try plan.store.save(checkpoint(model, optimizer, progress))
        begin(progress.step)
        try onEvent(.checkpoint(.saved(report)))
    }

    private func reason(_ step: Int, isBest: Bool) -> CheckpointReason? {
        if isBest, plan.savesBest { return .best }
        // A writer that is slower than the plan is not sent more work; the next step asks again.
        if plan.store.isBusy { return nil }
        if let steps = plan.steps, step / steps > lastStep / steps { return .steps }
        if let seconds = plan.seconds, (clock.now - lastTime) / .seconds(1) >= seconds {
            return .time
        }
        return nil
    }

    private func checkpoint(
        _ model: some LanguageModel, _ optimizer: some Optimizer, _ progress: Checkpoint.Progress
    ) -> Checkpoint {
        Checkpoint(
            model: model, optimizer: optimizer, progress: progress, options: options,
            settings: settings, tokenizer: plan.tokenizer)
    }

    private mutating func begin(_ step: Int) {
        lastStep = step
        lastTime = clock.now
        savedStep = step
    }

    /// Tells what the writer has done meanwhile.
    private mutating func report(_ onEvent: (TrainingEvent) throws -> Void) throws {
        for outcome in plan.store.takeOutcomes() {
            switch outcome.result {
            case .success(let report):
                try onEvent(.checkpoint(.saved(report)))
            case .failure(let error):
                if savedStep == outcome.step { savedStep = nil }
                try onEvent(.checkpoint(.failed(step: outcome.step, error: error)))
            }
        }
    }
}
