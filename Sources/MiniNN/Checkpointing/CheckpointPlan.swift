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
