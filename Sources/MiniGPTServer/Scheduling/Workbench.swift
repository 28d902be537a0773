import Foundation
import Synchronization

/// A second thread for work with a model that is no text: looking inside, embeddings.
///
/// A long piece of it keeps other pieces waiting, but no text that is being continued.
final class Workbench: Sendable {
    private struct Inbox {
        var jobs: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let limit: Int
    private let inbox = Mutex(Inbox())
    private let bell = DispatchSemaphore(value: 0)

    /// - Parameter limit: pieces of work that may wait.
    init(limit: Int) {
        self.limit = limit
        startThread("MiniGPT workbench") { [self] in run() }
    }

    /// Does something on the thread.
    ///
    /// - Throws: `APIError` if there is no room; what the work throws.
    func perform<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = inbox.withLock { inbox -> APIError? in
                if inbox.isClosed { return .closing }
                guard inbox.jobs.count < limit else { return .busy }
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
