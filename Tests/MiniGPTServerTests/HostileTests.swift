import Foundation
import MiniGPT
import MiniSupport
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("Hostile requests")
    struct HostileTests {
        @Test("No spelling of a path leads out of the table of files")
        func traversal() async throws {
            let dots = [
                "..", "%2e%2e", "%252e%252e", ".%2e", "%c0%ae%c0%ae", "..;", "...", "%u002e%u002e",
            ]
            let slashes = ["/", "%2f", "%5c", "\\", "//", "%252f", "/./"]
            let ends = ["etc/passwd", "Package.swift"]
            var paths = [
                "/page", "/page/", "//", "/.", "/..", "/index.html", "/page/index.html", "/page//x",
                "/page/.git", "/%00", "/page/%00.js", "/page/x%00", "/api/../", "*",
                "/page/app.js%20",
                "file:///etc/passwd", "/etc/passwd", "/page/C:\\x", "/models/one/config.json",
            ]
            for dot in dots {
                for slash in slashes {
                    for end in ends {
                        let up = dot + slash
                        paths.append("/page" + slash + up + up + up + end)
                        paths.append("/" + up + up + end)
                    }
                }
            }
            #expect(paths.count > 60)
            let tried = paths
            try await TestServer.run { server in
                for path in tried {
                    let reply = try await server.get(path)
                    #expect([400, 404, 421].contains(reply.status), "\(path): \(reply.status)")
                    #expect(!reply.body.contains("root:") && !reply.body.contains("swift-tools"))
                }
            }
        }

        @Test(
            "What two readers could take for two different messages is refused",
            arguments: [
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 2, 2\r\n\r\n{}",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: +2\r\n\r\n{}",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 0x2\r\n\r\n{}",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
                "POST /v1/completions HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nX: a\r\n b\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost : H\r\n\r\n",
                "GET /health HTTP/1.1\r\n Host: H\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nX\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nX: a\0b\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nX Y: a\r\n\r\n",
                "GET /health HTTP/1.1\nHost: H\n\n",
                "GET /health HTTP/1.1\r\nHost: H\nX: y\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: evil.example\r\nHost: H\r\n\r\n",
                "GET /health HTTP/1.1\r\n\r\n", "GET /health HTTP/2.0\r\nHost: H\r\n\r\n",
                "GET /health HTTP/1.1 x\r\nHost: H\r\n\r\n",
                "GET /health\r\n\r\n", "get /health HTTP/1.1\r\nHost: H\r\n\r\n",
                "\u{16}\u{3}\u{1}\0\0\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: xchunked\r\n\r\n",
            ])
        func smuggling(_ request: String) async throws {
            try await TestServer.run { settings in
                settings.http.headerSeconds = 1
                settings.http.bodySeconds = 1
            } _: { server in
                let text = request.replacingOccurrences(
                    of: "Host: H", with: "Host: \(server.authority)")
                let port = server.port
                let reply = try await onThread("client") {
                    let socket = try Socket(port: port, timeout: 5)
                    socket.write(Array(text.utf8))
                    return try Reply(socket.read())
                }
                #expect(reply.status != 200, "\(reply.status) \(reply.body.prefix(200))")
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test("Headers without end are cut off")
        func manyHeaders() async throws {
            try await TestServer.run { server in
                let headers = [
                    String(repeating: "a: b\r\n", count: 200_000),
                    "X: " + String(repeating: "y", count: 200_000) + "\r\n",
                    String(repeating: "y", count: 200_000) + ": x\r\n",
                ]
                for lines in headers {
                    let reply = try await server.raw(
                        "GET /health HTTP/1.1\r\nHost: \(server.authority)\r\n\(lines)\r\n")
                    #expect(reply.status == 0 || (400..<500).contains(reply.status))
                }
                let long = try await server.get("/" + String(repeating: "a", count: 200_000))
                #expect(long.status == 0 || (400..<500).contains(long.status))
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test("Slow requests are ended after a total time, and do not keep others waiting")
        func slowRequests() async throws {
            try await TestServer.run { settings in
                settings.http.headerSeconds = 1
                settings.http.bodySeconds = 1
            } _: { server in
                let port = server.port
                let starts = [
                    "", "GET /hea",
                    "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
                ]
                let sockets = try await onThread("clients") {
                    let sockets = try (0..<60).map { index in
                        let socket = try Socket(port: port)
                        socket.write(Array(starts[index % starts.count].utf8))
                        return socket
                    }
                    return Sockets(list: sockets)
                }
                #expect(try await server.get("/health").status == 200)
                try await onThread("clients") {
                    for socket in sockets.list {
                        // A byte now and then does not help.
                        socket.write([0x20])
                        let reply = try Reply(socket.readToEnd())
                        #expect(reply.status == 408 || reply.status == 0 || reply.status == 400)
                    }
                }
            }
        }

        private struct Sockets: @unchecked Sendable { let list: [Socket] }

        @Test("A body that is cut, too long or no JSON is refused with a sentence")
        func bodies() async throws {
            try await TestServer.run { server in
                let deep = String(repeating: "[", count: 100_000)
                let bodies = [
                    "", "{", "nul", "[]", "\"x\"", "{\"prompt\":}", "{\"prompt\":\"a\"} x",
                    "{'a':1}",
                    "{\"a\":1,\"a\":2}", "{\"temperature\":NaN}", "{\"temperature\":Infinity}",
                    "{\"temperature\":-Infinity}", "{\"temperature\":1e999}",
                    "{\"temperature\":01}",
                    "{\"prompt\":\"\\ud800\"}", "{\"prompt\":\"\u{1}\"}",
                    "{\"prompt\":" + deep + "}",
                    "{\"a\":" + String(repeating: "{\"a\":", count: 5_000) + "1"
                        + String(repeating: "}", count: 5_001),
                    "{\"prompt\":\"a\",}", "\u{FEFF}{}",
                ]
                for body in bodies {
                    let reply = try await server.post("/v1/completions", body)
                    #expect(reply.status == 400, "\(body.prefix(60)): \(reply.status)")
                    let message = try reply.error["message"] as? String
                    #expect(message?.hasSuffix(".") == true)
                }
                let port = server.port
                let cut = try await onThread("client") {
                    var socket: Socket? = try Socket(port: port)
                    let request =
                        "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"prompt\":\"t"
                    socket?.write(Array(request.utf8))
                    socket = nil
                    return true
                }
                #expect(cut)
                let large = try await server.post(
                    "/v1/completions",
                    "{\"prompt\":\"" + String(repeating: "a", count: 1 << 20) + "\"}")
                #expect(large.status == 413)
                let text = String(repeating: "a", count: 100_000)
                let long = try await server.post("/v1/completions", "{\"prompt\":\"\(text)\"}")
                #expect(try long.error["code"] as? String == "context_length_exceeded")
                #expect(try await server.get("/health").status == 200)
            }
        }

        @Test("Invalid bytes in a text are refused")
        func invalidUTF8() async throws {
            try await TestServer.run { server in
                let port = server.port
                let reply = try await onThread("client") {
                    let body: [UInt8] =
                        Array("{\"prompt\":\"".utf8) + [0xFF, 0xC0, 0x80] + Array("\"}".utf8)
                    let head =
                        "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                    let socket = try Socket(port: port)
                    socket.write(Array(head.utf8) + body)
                    return try Reply(socket.readToEnd())
                }
                #expect(reply.status == 400)
            }
        }

        @Test("A method that a path does not have is 405, a path that is not there 404")
        func methods() async throws {
            try await TestServer.run { server in
                let wrong = [
                    ("GET", "/v1/completions"), ("DELETE", "/v1/models"), ("PUT", "/"),
                    ("HEAD", "/health"), ("OPTIONS", "/health"),
                ]
                for (method, path) in wrong {
                    let reply = try await server.send(method, path)
                    #expect(reply.status == 405, "\(method) \(path)")
                }
                #expect(try await server.get("/v2/models").status == 404)
            }
        }

        @Test("What a model says is text in JSON, whatever it looks like")
        func scripts() async throws {
            try await TestServer.run { server in
                let texts = [
                    "</script><script>alert(1)</script>", "\" onerror=\"x", "\u{2028}\u{2029}",
                    "javascript:alert(1)", "\u{202E}evil", "\u{1B}[31m", "\\u003cscript",
                    "data: {}\n\n",
                    "<img src=x onerror=alert(1)>", "\0", "a\r\n\r\nb", "😀\u{FE0F}", "&lt;b&gt;",
                ]
                for text in texts {
                    let body: JSONNode = ["prompt": .string(text), "max_tokens": 0, "echo": true]
                    let reply = try await server.post("/v1/completions", body.json)
                    let choices = try #require(try reply.json["choices"] as? [[String: Any]])
                    #expect(choices.first?["text"] as? String == text)
                    #expect(reply["content-type"] == "application/json")
                    #expect(reply["x-content-type-options"] == "nosniff")
                    let streamed = try await server.post(
                        "/v1/completions", body.with("stream", true).json)
                    let first = (try streamed.events.first?["choices"] as? [[String: Any]])?.first
                    #expect(first?["text"] as? String == text)
                }
            }
        }
    }
}
