import Foundation
import MiniGPT
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("Limits of time, of memory and of the context")
    struct LimitTests {
        /// A question whose answer is far larger than what connections hold: 80 bytes for each of these.
        private static func largeQuestion(_ port: Int) -> [UInt8] {
            let body = #"{"text":"\#(String(repeating: "q", count: 100_000))"}"#
            return Array(
                ("POST /api/tokens HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body).utf8)
        }

        @Test("A client that reads nothing of a long answer is cut off")
        func stall() async throws {
            try await TestServer.run { settings in
                settings.http.stallSeconds = 1
            } _: { server in
                let port = server.port
                let socket = try await onThread("client") {
                    let socket = try Socket(port: port)
                    socket.write(Self.largeQuestion(port))
                    return Held(socket: socket)
                }
                // It is the second connection until it is closed.
                let clock = ContinuousClock()
                let end = clock.now + .seconds(25)
                while try await server.metric("connections") != 1, clock.now < end {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try await server.metric("connections") == 1)
                _ = socket
            }
        }

        @Test("A client that reads with a pause keeps its connection")
        func pause() async throws {
            try await TestServer.run { settings in
                settings.http.stallSeconds = 3
            } _: { server in
                let port = server.port
                let second = try await onThread("client") {
                    let socket = try Socket(port: port)
                    socket.write(Self.largeQuestion(port))
                    Thread.sleep(forTimeInterval: 0.5)
                    var answer = socket.read(4_096)
                    let head = String(decoding: answer, as: UTF8.self)
                    let line = try #require(
                        head.split(separator: "\r\n").first {
                            $0.lowercased().hasPrefix("content-length: ")
                        })
                    let length = try #require(Int(line.dropFirst(16)))
                    let start = try #require(head.range(of: "\r\n\r\n")).upperBound
                    let rest = head.utf8.distance(from: head.startIndex, to: start) + length
                    answer += socket.read(rest - answer.count)
                    // Longer than a stall may be: nothing of it must be pending.
                    Thread.sleep(forTimeInterval: 4)
                    socket.write(
                        Array("GET /health HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8))
                    return try Reply(socket.read())
                }
                #expect(second.status == 200)
            }
        }

        private struct Held: @unchecked Sendable { let socket: Socket }

        @Test("A connection without a request is closed after its time")
        func idle() async throws {
            try await TestServer.run { settings in
                settings.http.idleSeconds = 1
            } _: { server in
                let port = server.port
                let isClosed = try await onThread("client") {
                    let socket = try Socket(port: port, timeout: 8)
                    socket.write(
                        Array("GET /health HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8))
                    _ = socket.read()
                    return socket.isClosed()
                }
                #expect(isClosed)
            }
        }

        @Test("Of two models that were used one makes room for the other")
        func eviction() async throws {
            try await TestServer.run { settings in
                settings.models = 1
            } _: { server in
                for name in ["one", "two"] {
                    let body = #"{"model":"models/\#(name)","prompt":"the","max_tokens":1}"#
                    let reply = try await server.post("/v1/completions", body)
                    let count = try await server.metric("models_loaded")
                    #expect(reply.status == 200 && count == 1)
                }
            }
        }

        @Test("An answer that runs out of time ends with the reason length")
        func timeLimit() async throws {
            try await TestServer.run { settings in
                settings.answers.seconds = 0
            } _: { server in
                let reply = try await server.post(
                    "/v1/completions", #"{"prompt":"the","max_tokens":40}"#)
                let choice = (try reply.json["choices"] as? [[String: Any]])?.first
                #expect(choice?["finish_reason"] as? String == "length")
                #expect(choice?["text"] as? String == "")
            }
        }

        @Test("A prompt counts once however many choices it has, in streams as in whole answers")
        func usage() async throws {
            try await TestServer.run { server in
                func usage(_ members: String) async throws -> [Int?] {
                    let reply = try await server.post(
                        "/v1/completions", #"{\#(members),"max_tokens":2,"seed":1}"#)
                    let json =
                        members.contains("stream")
                        ? try #require(try reply.events.last) : try reply.json
                    let usage = json["usage"] as? [String: Any]
                    return [usage?["prompt_tokens"] as? Int, usage?["completion_tokens"] as? Int]
                }
                let one = try server.tokenizer.encode("the mill").count
                let two = try one + server.tokenizer.encode("so").count
                let stream = #""stream":true,"stream_options":{"include_usage":true}"#
                let cases = [
                    (#""prompt":"the mill""#, [one, 2]), (#""prompt":"the mill","n":2"#, [one, 4]),
                    (#""prompt":["the mill","so"],"n":2"#, [two, 8]),
                    (#""prompt":["the mill","so"],"n":2,"# + stream, [two, 8]),
                ]
                for (members, expected) in cases {
                    let counts = try await usage(members)
                    #expect(counts == expected, "\(members)")
                }
            }
        }

        @Test("Two texts of one request read the prompt that they share once")
        func sharedPrompt() async throws {
            try await TestServer.run { server in
                let prompt = String(repeating: "the mill goes round, the water sings. ", count: 4)
                let count = try server.tokenizer.encode(prompt).count
                #expect(count > 16)
                let reply = try await server.post(
                    "/v1/completions", #"{"prompt":"\#(prompt)","n":2,"max_tokens":1,"seed":1}"#)
                #expect(reply.status == 200)
                // The last token again: its logits are the second text's own.
                #expect(try await server.metric("prompt_tokens_total") == count + 1)
            }
        }

        @Test(
            "Of a long conversation the oldest turns are left out, and an answer ends with the context"
        )
        func longConversation() async throws {
            try await TestServer.run { server in
                let turns = (0..<12).map { index in
                    let role = index.isMultiple(of: 2) ? "user" : "assistant"
                    return #"{"role":"\#(role)","content":"the mill goes round \#(index)"}"#
                }
                let messages =
                    #"[{"role":"system","content":"so"},"# + turns.joined(separator: ",")
                    + #",{"role":"user","content":"the water?"}]"#
                let end = try #require(server.tokenizer.endOfText)
                let reply = try await server.post(
                    "/v1/chat/completions",
                    #"{"messages":\#(messages),"max_tokens":400,"seed":1,"temperature":0,"logit_bias":{"\#(end)":-100}}"#
                )
                #expect(reply.status == 200)
                let usage = try #require(try reply.json["usage"] as? [String: Any])
                let total = try #require(usage["total_tokens"] as? Int)
                #expect(total <= TestServer.context + 1)
                let stream = try await server.post(
                    "/api/generate",
                    #"{"messages":\#(messages),"maximumTokens":400,"seed":1}"#)
                let prompt = try stream.events.last?["promptTokens"] as? Int
                #expect(prompt == usage["prompt_tokens"] as? Int)
                let long = String(repeating: "the water sings ", count: 60)
                let refused = try await server.post(
                    "/v1/chat/completions",
                    #"{"messages":[{"role":"user","content":"\#(long)"}]}"#)
                #expect(refused.status == 400)
                #expect(try refused.error["code"] as? String == "context_length_exceeded")
            }
        }
    }
}
