import Synchronization

/// What the server has done so far, for `/metrics` and for whoever watches.
final class Statistics: Sendable {
    struct Values: Sendable {
        var promptTokens = 0
        var tokens = 0
        var steps = 0
        var stepTokens = 0
        var finished = 0
        var refused = 0
        var active = 0
    }

    private let values = Mutex(Values())

    var current: Values { values.withLock { $0 } }

    func add(_ progress: StepProgress) {
        values.withLock {
            $0.promptTokens += progress.promptTokens
            $0.tokens += progress.tokens
            $0.finished += progress.finished
            if progress.tokens > 0 {
                $0.steps += 1
                $0.stepTokens += progress.tokens
            }
        }
    }

    func refused() { values.withLock { $0.refused += 1 } }
    func setActive(_ count: Int) { values.withLock { $0.active = count } }
}
