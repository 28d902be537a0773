import Foundation
import MiniPipeline
import Synchronization
import TestSupport
import Testing

@testable import MiniPipeline

@Suite("Asking servers")
struct WebTests {
    /// Answers one after the other; the time passes only while somebody waits.
    final class Script: HTTPClient {
        private struct State {
            var answers: [Result<HTTPResponse, HTTPFailure>]
            var asked: [Double] = []
            var waits: [Double] = []
            var now = 100.0
        }

        private let state: Mutex<State>

        init(_ answers: [Result<HTTPResponse, HTTPFailure>]) {
            state = Mutex(State(answers: answers))
        }

        var waits: [Double] { state.withLock { $0.waits } }
        var asked: [Double] { state.withLock { $0.asked } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            try state.withLock { state in
                state.asked.append(state.now)
                return state.answers.isEmpty
                    ? Result.success(WebTests.answer(200)) : state.answers.removeFirst()
            }.get()
        }

        var time: Timekeeper {
            Timekeeper(
                now: { self.state.withLock { $0.now } },
                date: { Date(timeIntervalSince1970: 784_111_777) },  // 6 November 1994, 08:49:37
                sleep: { seconds in
                    self.state.withLock { state in
                        state.waits.append(seconds)
                        state.now += seconds
                    }
                })
        }
    }

    static let page = URL(string: "http://example.org/a")!

    static func answer(_ status: Int, _ headers: [String: String] = [:]) -> HTTPResponse {
        HTTPResponse(status: status, headers: headers, body: Data("text".utf8), url: page)
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func web(_ script: Script, _ pace: Pace, journal: Journal? = nil) throws -> Web {
        try Web(
            script, pace: pace, userAgent: "test",
            journal: journal ?? Journal(of: ["source": "test"], in: folder.url),
            notebook: Notebook(), time: script.time)
    }

    private var impatient: Pace {
        var pace = Pace()
        (pace.interval, pace.attempts) = (0, 4)
        return pace
    }

    @Test("A failure that can pass is waited out, each time about twice as long")
    func backOff() async throws {
        let script = Script([
            .success(Self.answer(503)), .failure(HTTPFailure("it broke", isPassing: true)),
            .success(Self.answer(500)),
        ])
        let response = try await web(script, impatient).fetch(Self.page)
        #expect(response.status == 200)
        #expect(script.waits.count == 3)
        for (wait, bounds) in zip(script.waits, [0.5...1.0, 1.0...2.0, 2.0...4.0]) {
            #expect(bounds.contains(wait))
        }
    }

    @Test(
        "A server that names a time gets it, in seconds or as a date of any of the three forms",
        arguments: [
            "30", "Sun, 06 Nov 1994 08:50:07 GMT", "Sunday, 06-Nov-94 08:50:07 GMT",
            "Sun Nov  6 08:50:07 1994",
        ])
    func retryAfter(_ value: String) async throws {
        let script = Script([.success(Self.answer(429, ["retry-after": value]))])
        _ = try await web(script, impatient).fetch(Self.page)
        #expect(script.waits == [30])
    }

    @Test(
        "A time that means nothing or is past is none",
        arguments: ["soon", "-5", "Sun, 06 Nov 1994 08:00:00 GMT"])
    func meaninglessRetryAfter(_ value: String) async throws {
        let script = Script([.success(Self.answer(429, ["retry-after": value]))])
        _ = try await web(script, impatient).fetch(Self.page)
        #expect(script.waits.count == 1 && script.waits[0] <= 1)
    }

    @Test("A server that wants a longer time than the user has ends the collection with a sentence")
    func tooLong() async throws {
        let script = Script([.success(Self.answer(503, ["retry-after": "7200"]))])
        let error = await #expect(throws: PipelineError.self) {
            _ = try await web(script, impatient).fetch(Self.page)
        }
        #expect(error?.description.contains("asks to come back in 2:00:00") == true)
        #expect(script.waits.isEmpty)
    }

    @Test("After the last attempt it gives up and says how often it asked")
    func givingUp() async throws {
        let script = Script(Array(repeating: .success(Self.answer(502)), count: 9))
        let error = await #expect(throws: PipelineError.self) {
            _ = try await web(script, impatient).fetch(Self.page)
        }
        #expect(
            error?.description.contains("no answer in 4 attempts (the server answered 502)") == true
        )
        #expect(script.asked.count == 4)
    }

    @Test("What will never be there is not asked for again")
    func final() async throws {
        let script = Script([.failure(HTTPFailure("too large", isPassing: false))])
        await #expect(throws: HTTPFailure.self) {
            try await web(script, impatient).fetch(Self.page)
        }
        #expect(script.asked.count == 1)
    }

    @Test("Between two questions lies the interval")
    func interval() async throws {
        let script = Script([])
        let web = try web(script, Pace())
        for path in ["a", "b", "c"] {
            _ = try await web.fetch(URL(string: "http://example.org/\(path)")!)
        }
        #expect(script.asked == [100, 101, 102])
    }

    @Test("The journal answers what was asked before, and drops a line that was cut off")
    func journal() async throws {
        let request = ["source": "test"]
        let script = Script([])
        let web = try web(script, impatient)
        let other = URL(string: "http://example.org/b")!
        _ = try await web.fetch(Self.page)
        _ = try await web.fetch(other)
        let name = try #require(folder.names("").first)
        let whole = try folder.read(name)
        try folder.write(name, whole.dropLast(10))

        let second = try Journal(of: request, in: folder.url)
        #expect(second.found == 1)
        let again = Script([])
        let resumed = try self.web(again, impatient, journal: second)
        #expect(try await resumed.fetch(Self.page).body == Data("text".utf8))
        #expect(again.asked.isEmpty)
        _ = try await resumed.fetch(other)
        #expect(again.asked.count == 1)
        #expect(try folder.read(name) == whole)
    }

    @Test("The journal keeps bytes that are no text, and is refused when its middle is damaged")
    func journalOfBytes() throws {
        let journal = try Journal(of: ["source": "x"], in: folder.url)
        var response = Self.answer(200, ["content-type": "text/plain; charset=latin1"])
        response.body = Data([0xE9, 0, 0xFF])
        try journal.note(response, to: Self.page)
        try journal.note(Self.answer(404), to: URL(string: "http://example.org/b")!)
        #expect(try journal.answer(to: Self.page) == response)
        let name = try #require(folder.names("").first)
        var bytes = try folder.read(name)
        let line = try #require(bytes.firstIndex(of: 10)) + 3
        bytes[line] = UInt8(ascii: "{")
        try folder.write(name, bytes)
        let error = #expect(throws: PipelineError.self) {
            try Journal(of: ["source": "x"], in: folder.url)
        }
        #expect(error?.description.hasSuffix("is damaged; delete it and collect again.") == true)
    }
}
