import Dispatch
import Synchronization

// Saving while the training goes on. A checkpoint is a value, so the training changes copies of its
// tensors meanwhile; the writer's are let go as soon as it is done.

extension CheckpointStore {
    /// What happens beside the training.
    struct Background {
        var isWriting = false
        /// Waits until the writer is free; only the newest does.
        var next: Checkpoint?
        var outcomes: [Outcome] = []
    }

    /// How a saving in the background ended.
    public struct Outcome: Sendable {
        /// The step of the checkpoint.
        public let step: Int
        /// What was written, or why not.
        public let result: Result<CheckpointReport, CheckpointError>
    }

    /// Whether a checkpoint is being written in the background, or waits for that.
    public var isBusy: Bool { background.withLock { $0.isWriting } }

    /// Writes a checkpoint in the background; returns at once.
    ///
    /// If one is being written, this one waits for it, in place of any other that waits.
    public func saveInBackground(_ checkpoint: Checkpoint) {
        let startsNow = background.withLock { state in
            if state.isWriting {
                state.next = checkpoint
                return false
            }
            state.isWriting = true
            return true
        }
        if startsNow { start(checkpoint) }
    }

    private func start(_ checkpoint: Checkpoint) {
        queue.async { [self] in
            // Let go before the outcome is told, so that nobody copies for a writer that is done.
            var current: Checkpoint? = checkpoint
            while let checkpoint = current.take() {
                let step = checkpoint.progress.step
                let result = Result { () throws(CheckpointError) in try write(checkpoint) }
                current = background.withLock { state in
                    state.outcomes.append(Outcome(step: step, result: result))
                    let next = state.next.take()
                    state.isWriting = next != nil
                    return next
                }
            }
        }
    }

    /// The savings in the background that ended since the last time this was asked.
    public func takeOutcomes() -> [Outcome] {
        background.withLock { state in
            let outcomes = state.outcomes
            state.outcomes = []
            return outcomes
        }
    }

    /// Waits until nothing is being written.
    public func waitUntilIdle() {
        while isBusy { queue.sync {} }
    }
}
