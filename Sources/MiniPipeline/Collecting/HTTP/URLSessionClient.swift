import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks over the network. Connections are kept for the next question; bodies are unpacked.
public final class URLSessionClient: HTTPClient {
    private let transfers: Transfers
    private let session: URLSession

    /// A client with its own connections.
    public init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil  // the journal is the memory of a collection
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpMaximumConnectionsPerHost = 1
        transfers = Transfers()
        session = URLSession(
            configuration: configuration, delegate: transfers, delegateQueue: nil)
    }

    deinit { session.invalidateAndCancel() }

    /// Asks, and waits for the whole answer, which is given up after the request's deadline.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard request.url.isWeb else {
            throw HTTPFailure("it is not an http or https address", isPassing: false)
        }
        // The session's own clock begins anew with every packet, so it is only the second to strike.
        var question = URLRequest(url: request.url, timeoutInterval: 2 * request.deadline)
        for (name, value) in request.headers { question.setValue(value, forHTTPHeaderField: name) }
        let task = session.dataTask(with: question)
        let transfers = transfers
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfers.begin(task, request, continuation)
                task.resume()
                // A cancellation that came before `begin` found nobody to tell.
                if Task.isCancelled { transfers.end(task, CancellationError()) }
            }
        } onCancel: {
            transfers.end(task, CancellationError())
            task.cancel()
        }
    }
}

/// What has come so far of each answer.
private final class Transfers: NSObject, URLSessionDataDelegate, Sendable {
    private struct Transfer {
        let request: HTTPRequest
        let continuation: CheckedContinuation<HTTPResponse, any Error>
        let clock: Task<Void, any Error>
        var response: HTTPURLResponse?
        var body = Data()
        var redirects = 0
    }

    private let transfers = Mutex<[Int: Transfer]>([:])
    private static let mostRedirects = 5

    func begin(
        _ task: URLSessionTask, _ request: HTTPRequest,
        _ continuation: CheckedContinuation<HTTPResponse, any Error>
    ) {
        transfers.withLock {
            // Within the lock, so that even the shortest deadline finds what it ends.
            let clock = Task { [weak self] in
                try await Task.sleep(for: .seconds(request.deadline))
                self?.end(task, Self.lateness(request))
                task.cancel()
            }
            $0[task.taskIdentifier] = Transfer(
                request: request, continuation: continuation, clock: clock)
        }
    }

    /// Ends a transfer without an answer; the first one who says why is believed.
    func end(_ task: URLSessionTask, _ error: any Error) {
        take(task)?.continuation.resume(throwing: error)
    }

    private func take(_ task: URLSessionTask) -> Transfer? {
        let transfer = transfers.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        transfer?.clock.cancel()
        return transfer
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        let count = transfers.withLock { transfers -> Int? in
            transfers[task.taskIdentifier]?.redirects += 1
            return transfers[task.taskIdentifier]?.redirects
        }
        // A task that was cancelled meanwhile is not waiting for an answer: FoundationNetworking ends
        // the process if it gets one. For the same reason a refusal does not cancel the task.
        guard let count else { return }
        if let problem = Self.problem(from: response.url, to: request.url, count) {
            end(task, HTTPFailure(problem, isPassing: false))
            completionHandler(nil)
        } else {
            completionHandler(request)
        }
    }

    private static func problem(from old: URL?, to new: URL?, _ count: Int) -> String? {
        guard let new, new.isWeb else {
            return "it leads to \(new?.absoluteString ?? "nowhere"), which is not on the web"
        }
        if old?.scheme?.lowercased() == "https", new.scheme?.lowercased() == "http" {
            return "it leads from https to http"
        }
        return count > mostRedirects ? "it leads on more than \(mostRedirects) times" : nil
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        transfers.withLock {
            $0[dataTask.taskIdentifier]?.response = response as? HTTPURLResponse
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let limit = transfers.withLock { transfers -> Int? in
            guard let limit = transfers[dataTask.taskIdentifier]?.request.largestBody else {
                return nil
            }
            transfers[dataTask.taskIdentifier]?.body.append(data)
            let count = transfers[dataTask.taskIdentifier]?.body.count ?? 0
            return count > limit ? limit : nil
        }
        guard let limit else { return }
        end(
            dataTask,
            HTTPFailure("its body has more than \(NumberText.bytes(limit))", isPassing: false))
        dataTask.cancel()
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        guard let transfer = take(task) else { return }
        if let error {
            transfer.continuation.resume(throwing: Self.failure(error, transfer.request))
        } else if let response = transfer.response ?? task.response as? HTTPURLResponse {
            let answer = Self.answer(response, transfer)
            // A redirect that the session does not follow comes as an answer.
            if (300..<400).contains(answer.status), let target = answer.headers["location"] {
                let problem = "it leads to \(target), which is not on the web"
                transfer.continuation.resume(throwing: HTTPFailure(problem, isPassing: false))
            } else {
                transfer.continuation.resume(returning: answer)
            }
        } else {
            transfer.continuation.resume(
                throwing: HTTPFailure("the answer is not HTTP", isPassing: true))
        }
    }

    private static func failure(_ error: any Error, _ request: HTTPRequest) -> HTTPFailure {
        let code = (error as? URLError)?.code
        if code == .timedOut { return lateness(request) }
        let isFinal = [.badURL, .unsupportedURL, .serverCertificateUntrusted].contains(code)
        return HTTPFailure(error.localizedDescription, isPassing: !isFinal)
    }

    private static func lateness(_ request: HTTPRequest) -> HTTPFailure {
        HTTPFailure(
            "there was no whole answer within \(request.deadline.formatted()) s", isPassing: true)
    }

    private static func answer(_ response: HTTPURLResponse, _ transfer: Transfer) -> HTTPResponse {
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            headers["\(name)".lowercased()] = "\(value)"
        }
        return HTTPResponse(
            status: response.statusCode, headers: headers, body: transfer.body,
            url: response.url ?? transfer.request.url)
    }
}
