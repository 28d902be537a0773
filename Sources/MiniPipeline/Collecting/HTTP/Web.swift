import Foundation

/// The web as a collection sees it: one question at a time, at a polite pace, with patience, and none
/// that the journal has the answer to.
public actor Web {
    /// What an answer is worth.
    package enum Verdict: Sendable {
        /// The response is kept and used.
        case keep
        /// It is a passing trouble; the server may have said how many seconds it lasts.
        case retry(String, seconds: Double? = nil)
        /// It is of no use, and asking again will not help. With a sentence.
        case fail(String)
    }

    private let client: any HTTPClient
    private let pace: Pace
    private let userAgent: String
    private let journal: Journal
    private let notebook: Notebook
    private let time: Timekeeper
    private var nextQuestion = -Double.infinity

    init(
        _ client: any HTTPClient, pace: Pace, userAgent: String, journal: Journal,
        notebook: Notebook, time: Timekeeper = .real
    ) {
        self.client = client
        self.pace = pace
        self.userAgent = userAgent
        self.journal = journal
        self.notebook = notebook
        self.time = time
    }

    /// The answer to a question, from the journal or from the server.
    ///
    /// - Parameter judge: what the answer is worth; `nil` for what its status says.
    /// - Throws: `PipelineError` when there is none, `HTTPFailure` when there will never be one,
    ///   `CancellationError` when the task was cancelled.
    package func fetch(
        _ url: URL, largestBody: Int = 64 << 20,
        judge: (@Sendable (HTTPResponse) -> Verdict)? = nil
    ) async throws -> HTTPResponse {
        if let known = try journal.answer(to: url) { return known }
        guard url.isWeb else {
            throw PipelineError("\(url.absoluteString) is not an http or https address.")
        }
        let request = HTTPRequest(
            url, headers: ["User-Agent": userAgent], largestBody: largestBody,
            deadline: pace.deadline)
        var failures = 0
        while true {
            try await takeTurn()
            let (trouble, seconds): (String, Double?)
            do {
                let response = try await client.send(request)
                switch judge?(response) ?? Self.judge(response) {
                case .keep:
                    try journal.note(response, to: url)
                    return response
                case .fail(let sentence):
                    throw PipelineError(sentence)
                case .retry(let reason, let asked):
                    trouble = reason
                    seconds = asked ?? retryAfter(response)
                }
            } catch let failure as HTTPFailure {
                guard failure.isPassing else { throw failure }
                (trouble, seconds) = (failure.description, nil)
            }
            failures += 1
            try await rest(after: failures, trouble, asked: seconds, url)
        }
    }

    /// Waits until the next question is due.
    private func takeTurn() async throws {
        try Task.checkCancellation()
        let wait = nextQuestion - time.now()
        if wait > 0 { try await time.sleep(wait) }
        nextQuestion = time.now() + pace.interval
        notebook.countRequest()
    }

    /// Waits after a failure, or gives up.
    private func rest(
        after failures: Int, _ trouble: String, asked: Double?, _ url: URL
    ) async throws {
        let way = "what has come is kept, and the same command goes on"
        guard failures < pace.attempts else {
            throw PipelineError(
                "\(url.absoluteString) gave no answer in \(failures) attempts (\(trouble)); \(way)."
            )
        }
        if let asked, asked > pace.longestWait {
            throw PipelineError(
                "\(url.absoluteString) asks to come back in \(NumberText.time(asked)) (\(trouble)); \(way) then."
            )
        }
        let wait = max(
            asked ?? 0, pace.wait(after: failures, chance: Double.random(in: 0...1)))
        notebook.retry("\(trouble); asking again in \(String(format: "%.1f", wait)) s")
        try await time.sleep(wait)
    }

    private func retryAfter(_ response: HTTPResponse) -> Double? {
        response.headers["retry-after"].flatMap { RetryAfter.seconds($0, now: time.date()) }
    }

    /// What a status says: some are worth another attempt, the rest is for the asker to see.
    package static func judge(_ response: HTTPResponse) -> Verdict {
        switch response.status {
        case 408, 425, 429, 500, 502, 503, 504:
            .retry("the server answered \(response.status)")
        default: .keep
        }
    }
}
