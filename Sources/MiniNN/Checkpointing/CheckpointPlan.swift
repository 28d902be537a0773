import Foundation

/// When a trainer saves what it has come to, and where.
///
/// Whatever is set here, it saves when it is stopped and at its end.
public struct CheckpointPlan: Sendable {
    /// Where to.
    public var store: any CheckpointSink
    /// Save after so many steps; `nil` for never.
    public var steps: Int?
    /// Save when so many seconds have gone by since the last time; `nil` for never.
    public var seconds: Double?
    /// Save when the validation loss is the lowest so far.
    public var savesBest = true
    /// What to keep with the model.
    public var tokenizer: SavedTokenizer?

    /// A plan for a store; by default every ten minutes and at the best validation loss.
    public init(
        _ store: any CheckpointSink, steps: Int? = nil, seconds: Double? = 600,
        tokenizer: SavedTokenizer? = nil
    ) {
        precondition(
            steps ?? 1 >= 1, "Checkpoints every \(steps ?? 0) steps are not possible; at least 1.")
        self.store = store
        self.steps = steps
        self.seconds = seconds
        self.tokenizer = tokenizer
    }
}

/// Why a checkpoint is saved.
public enum CheckpointReason: String, Sendable {
    /// So many steps were made.
    case steps
    /// So much time went by.
    case time
    /// The validation loss is the lowest so far.
    case best
    /// Somebody wants the training to stop.
    case stop
    /// The last step was made.
    case end
}

/// What a trainer tells of its checkpoints.
public enum CheckpointEvent: Sendable {
    /// The state after a step will be saved; everything before this event belongs to it.
    case began(step: Int, reason: CheckpointReason)
    /// A checkpoint is on the disk.
    case saved(CheckpointReport)
    /// A checkpoint could not be written. The training goes on, and tries again.
    case failed(step: Int, error: CheckpointError)
}

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
