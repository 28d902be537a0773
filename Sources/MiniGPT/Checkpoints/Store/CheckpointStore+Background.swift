import Foundation
import Synchronization

// Saving while the training goes on. A checkpoint is a value, so the training changes copies of its
// tensors meanwhile; the writer's are let go as soon as it is done. The writer gives way to the
// training: it takes a sixtieth of a busy processor, and all of an idle one.

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
        let first = Mutex<Checkpoint?>(checkpoint)
        // A thread of its own: nobody but the superuser can undo that a thread gives way.
        Thread.detachNewThread { [self] in
            giveWay()
            queue.sync {
                // Let go before the outcome is told, so that nobody copies for a writer that is done.
                var current = first.withLock { $0.take() }
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
    }

    /// Makes the scheduler prefer all other threads to this one.
    private func giveWay() {
        #if os(Linux)
            // On Linux "process 0" is the calling thread alone. If it is not allowed, no harm is done.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        #endif
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
        // The writer's thread may not have come to the queue yet.
        while isBusy {
            queue.sync {}
            usleep(100)
        }
    }
}
