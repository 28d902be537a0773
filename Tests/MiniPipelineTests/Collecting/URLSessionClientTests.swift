import Foundation
import MiniPipeline
import TestSupport
import Testing

@Suite("The client of HTTP")
struct URLSessionClientTests {
    private let client = URLSessionClient()

    private func url(_ server: LoopbackServer, _ path: String = "/") throws -> URL {
        try #require(URL(string: server.address + path))
    }

    private func failure(_ request: HTTPRequest) async -> HTTPFailure? {
        await #expect(throws: HTTPFailure.self) { _ = try await client.send(request) }
    }

    @Test("It gives status, headers and body, and says who it is")
    func simple() async throws {
        let server = try LoopbackServer { _ in LoopbackAnswer(404, "Grüße", type: "text/plain") }
        let response = try await client.send(
            HTTPRequest(url(server, "/a?b=c%2Bd"), headers: ["User-Agent": "MiniGPT/1.0 (me)"]))
        #expect(response.status == 404)
        #expect(response.headers["content-type"] == "text/plain")
        #expect(String(decoding: response.body, as: UTF8.self) == "Grüße")
        #expect(server.requests.map(\.path) == ["/a"])
        #expect(server.requests[0].parameters == ["b": "c+d"])
        #expect(server.requests[0].headers["user-agent"] == "MiniGPT/1.0 (me)")
    }

    @Test("Packed bodies are unpacked, and the limit is that of what comes out")
    func gzip() async throws {
        let text = String(repeating: "The mill goes round. ", count: 5000)
        let server = try LoopbackServer { _ in
            var answer = LoopbackAnswer(200, text)
            answer.body = answer.body.gzipped
            answer.headers.append(("Content-Encoding", "gzip"))
            return answer
        }
        let response = try await client.send(HTTPRequest(url(server)))
        #expect(String(decoding: response.body, as: UTF8.self) == text)
        let error = await failure(HTTPRequest(try url(server), largestBody: 50_000))
        #expect(error?.description == "its body has more than 50.0 kB")
        #expect(error?.isPassing == false)
    }

    @Test("A connection that breaks in the middle of a body is a passing failure, not a short text")
    func broken() async throws {
        let server = try LoopbackServer { _ in
            var answer = LoopbackAnswer(200, String(repeating: "x", count: 1000))
            answer.breaksAfter = 300
            return answer
        }
        #expect(await failure(HTTPRequest(try url(server)))?.isPassing == true)
    }

    @Test("A server that is not there is a passing failure")
    func nobody() async throws {
        let address: URL
        do {
            let server = try LoopbackServer { _ in LoopbackAnswer() }
            address = try url(server)
        }
        #expect(await failure(HTTPRequest(address))?.isPassing == true)
    }

    @Test("An answer that does not come in time is given up")
    func deadline() async throws {
        let server = try LoopbackServer { _ in
            var answer = LoopbackAnswer(200, "late")
            answer.delay = 300
            return answer
        }
        let error = await failure(HTTPRequest(try url(server), deadline: 0.1))
        #expect(error?.description.contains("within 0.1 s") == true)
    }

    @Test("Redirects are followed a few times, and never off the web")
    func redirects() async throws {
        let server = try LoopbackServer { request in
            var answer = LoopbackAnswer(request.path == "/end" ? 200 : 302, "there")
            let target =
                switch request.path {
                case "/file": "file:///etc/passwd"
                case "/circle": "/circle"
                default: "/end"
                }
            if answer.status == 302 { answer.headers.append(("Location", target)) }
            return answer
        }
        let response = try await client.send(HTTPRequest(url(server, "/start")))
        #expect(response.status == 200 && response.url.path == "/end")
        // FoundationNetworking takes the path for one of the same server.
        let file = try await client.send(HTTPRequest(url(server, "/file")))
        #expect(file.url.scheme == "http" && server.requests.contains { $0.path == "/etc/passwd" })
        let circle = await failure(HTTPRequest(try url(server, "/circle")))
        #expect(circle?.description == "it leads on more than 5 times")
        let other = try #require(URL(string: "file:///etc/passwd"))
        #expect(await failure(HTTPRequest(other))?.isPassing == false)
    }

    @Test("A task that is cancelled stops waiting")
    func cancelled() async throws {
        let server = try LoopbackServer { _ in
            var answer = LoopbackAnswer(200, "late")
            answer.delay = 300
            return answer
        }
        let address = try url(server)
        let task = Task { [client] in try await client.send(HTTPRequest(address)) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
