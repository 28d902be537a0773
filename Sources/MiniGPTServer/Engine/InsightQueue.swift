import Foundation
import Synchronization

/// A queue of questions about the inside of models and of embeddings, with a thread of its own that
/// answers one after another.
///
/// A long one keeps others waiting, but no text that is being continued.
final class InsightQueue: Sendable {
    private struct Inbox {
        var jobs: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let limit: Int
    private let inbox = Mutex(Inbox())
    private let bell = DispatchSemaphore(value: 0)

    /// - Parameter limit: the most questions that may wait.
    init(limit: Int) {
        self.limit = limit
        startComputeThread("MiniGPT insight") { [self] in run() }
    }

    /// Computes something on the thread.
    ///
    /// - Throws: `EngineError` if there is no room; what the work throws.
    func perform<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = inbox.withLock { inbox -> EngineError? in
                if inbox.isClosed { return .closing }
                guard inbox.jobs.count < limit else { return .full }
                inbox.jobs.append { continuation.resume(with: Swift.Result(catching: work)) }
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            bell.signal()
        }
    }

    /// Takes nothing on any more; what waits is still done.
    func close() {
        inbox.withLock { $0.isClosed = true }
        bell.signal()
    }

    private func run() {
        while true {
            bell.wait()
            let (job, isClosed) = inbox.withLock { inbox in
                (inbox.jobs.isEmpty ? nil : inbox.jobs.removeFirst(), inbox.isClosed)
            }
            job?()
            if isClosed, job == nil { return }
            // The bell rang once for the end; there may be work before it.
            if isClosed { bell.signal() }
        }
    }
}
