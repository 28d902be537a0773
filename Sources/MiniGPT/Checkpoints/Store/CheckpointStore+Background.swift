import Foundation
import Synchronization

// Saving while the training goes on. A checkpoint is a value, so the training changes copies of its
// tensors meanwhile; the writer's are let go as soon as it is done. The writer gives way to the
// training: it takes a sixtieth of a busy processor, and all of an idle one.

extension CheckpointStore {
    /// What happens beside the training. It is apart from the store, because the writer's thread may
    /// end late: it must not keep the store alive until then, and with it the lock on its directory.
    final class Background: Sendable {
        struct State {
            var isWriting = false
            /// Waits until the writer is free; only the newest does.
            var next: Checkpoint?
            var outcomes: [CheckpointOutcome] = []
        }

        let state = Mutex(State())
    }

    /// Whether a checkpoint is being written in the background, or waits for that.
    public var isBusy: Bool { background.state.withLock { $0.isWriting } }

    /// Writes a checkpoint in the background; returns at once.
    ///
    /// If one is being written, this one waits for it, in place of any other that waits.
    public func saveInBackground(_ checkpoint: Checkpoint) {
        let startsNow = background.state.withLock { state in
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
        let work = Mutex<(store: CheckpointStore, first: Checkpoint)?>((self, checkpoint))
        let queue = queue
        let background = background
        // A thread of its own: nobody but the superuser can undo that a thread gives way.
        Thread.detachNewThread {
            Self.giveWay()
            queue.sync {
                var (store, current) = work.withLock { work -> (CheckpointStore?, Checkpoint?) in
                    defer { work = nil }
                    return (work?.store, work?.first)
                }
                while let outcome = store?.outcome(ofWriting: &current) {
                    background.state.withLock { state in
                        state.outcomes.append(outcome)
                        current = state.next.take()
                        // Whoever sees that nothing is being written may open the directory again.
                        if current == nil { store = nil }
                        state.isWriting = current != nil
                    }
                }
            }
        }
    }

    /// Writes a checkpoint, and lets it go before the outcome is told, so that nobody copies for a
    /// writer that is done.
    private func outcome(ofWriting checkpoint: inout Checkpoint?) -> CheckpointOutcome? {
        guard let current = checkpoint.take() else { return nil }
        return CheckpointOutcome(
            step: current.progress.step,
            result: Result { () throws(CheckpointError) in try write(current) })
    }

    /// Makes the scheduler prefer all other threads to this one.
    private static func giveWay() {
        #if os(Linux)
            // On Linux "process 0" is the calling thread alone. If it is not allowed, no harm is done.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        #endif
    }

    /// The savings in the background that ended since the last time this was asked.
    public func takeOutcomes() -> [CheckpointOutcome] {
        background.state.withLock { state in
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
