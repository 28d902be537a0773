import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Fetches a small file, reporting how much of it has come.
final class Download: NSObject, URLSessionDataDelegate, Sendable {
    /// Why there is no file.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var data = Data()
        var failure: Failure?
        var continuation: CheckedContinuation<Data, any Error>?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let progress: @Sendable (Int) -> Void
    /// Without an answer for so long, there is taken to be no network.
    private static let patience = 10.0

    private init(limit: Int, progress: @escaping @Sendable (Int) -> Void) {
        self.limit = limit
        self.progress = progress
    }

    /// The bytes at an address.
    ///
    /// - Parameters:
    ///   - limit: more than so many bytes are refused.
    ///   - progress: is called with the number of bytes so far.
    static func data(
        from url: URL, limit: Int, progress: @escaping @Sendable (Int) -> Void
    ) async throws -> Data {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil  // the file has a cache of its own
        configuration.timeoutIntervalForRequest = patience
        configuration.timeoutIntervalForResource = 30 * patience
        let download = Download(limit: limit, progress: progress)
        let session = URLSession(
            configuration: configuration, delegate: download, delegateQueue: nil)
        defer { session.invalidateAndCancel() }
        return try await withCheckedThrowingContinuation { continuation in
            download.state.withLock { $0.continuation = continuation }
            session.dataTask(with: url).resume()
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 200
        if status != 200 {
            state.withLock { $0.failure = Failure(description: "the server answered \(status)") }
        }
        completionHandler(status == 200 ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let received = state.withLock { state in
            state.data.append(data)
            if state.data.count > limit {
                state.failure = Failure(description: "more than \(limit) bytes came")
            }
            return state.data.count
        }
        if received > limit { dataTask.cancel() } else { progress(received) }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        let (continuation, data, failure) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.data, state.failure)
        }
        if let failure {
            continuation?.resume(throwing: failure)
        } else if let error {
            let isTimeout = (error as? URLError)?.code == .timedOut
            let description =
                isTimeout ? "no answer within \(Int(Self.patience)) s" : error.localizedDescription
            continuation?.resume(throwing: Failure(description: description))
        } else {
            continuation?.resume(returning: data)
        }
    }
}
