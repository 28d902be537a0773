import Foundation
import MiniGPT
import Testing

@testable import MiniGPTServer

/// The server's suites. Each test has a server of its own, so one at a time.
@Suite(.serialized) enum Server {}

extension Server {
    @Suite("Texts that are continued together")
    struct SchedulerTests {
        private static let sampling = #""temperature":0.9,"topK":40"#

        private static func options(_ seed: UInt64, _ count: Int) -> GenerationOptions {
            GenerationOptions(maximumTokens: count, seed: seed)
        }

        private static func parameters(_ temperature: Float = 0.9) -> SamplingParameters {
            var parameters = SamplingParameters()
            parameters.temperature = temperature
            parameters.topK = 40
            return parameters
        }

        @Test("Many at once, come at any moment, have the very text of each alone")
        func sameAsAlone() async throws {
            try await TestServer.run { settings in
                settings.slots = 5
            } _: { server in
                let prompts = ["the mill", "the mill goes round, the water", "so", "", "the"]
                // Longer than the context, so that it slides.
                let counts = [150, 7, 40, 120, 1]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for round in 0..<4 {
                        for (index, prompt) in prompts.enumerated() {
                            let seed = UInt64(round * 10 + index)
                            let count = counts[(index + round) % counts.count]
                            group.addTask {
                                let reply = try await server.post(
                                    "/api/generate",
                                    #"{"prompt":"\#(prompt)","sampling":{\#(Self.sampling)},"#
                                        + #""maximumTokens":\#(count),"seed":\#(seed)}"#)
                                let text = try reply.events.compactMap {
                                    $0["type"] as? String == "text" ? $0["text"] as? String : nil
                                }.joined()
                                let expected = try server.alone(
                                    prompt, Self.parameters(), Self.options(seed, count))
                                #expect(text == expected, "prompt '\(prompt)', seed \(seed)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("A prompt that another text began with is not read again")
        func sharedPrefix() async throws {
            try await TestServer.run { server in
                let body =
                    #"{"prompt":"the mill goes round, the water sings","maximumTokens":3,"seed":1}"#
                let first = try await server.post("/api/generate", body).events.last
                let second = try await server.post("/api/generate", body).events.last
                let prompt = try #require(first?["promptTokens"] as? Int)
                #expect(first?["knownPromptTokens"] as? Int == 0)
                #expect(second?["knownPromptTokens"] as? Int == prompt - 1)
            }
        }

        @Test("Choices of one request share their prompt, and each has the text of its seed")
        func choices() async throws {
            try await TestServer.run { server in
                let prompt = "the mill goes round, the water sings"
                let reply = try await server.post(
                    "/v1/completions",
                    #"{"prompt":"\#(prompt)","n":4,"max_tokens":12,"seed":5,"temperature":0.9,"top_k":40}"#
                )
                let choices = try #require(try reply.json["choices"] as? [[String: Any]])
                for (index, choice) in choices.enumerated() {
                    let expected = try server.alone(
                        prompt, Self.parameters(), Self.options(UInt64(5 + index), 12))
                    #expect(choice["text"] as? String == expected)
                }
                #expect(choices.count == 4)
            }
        }

        @Test("Beyond the queue's limit the answer is 503, with the time to come again")
        func queueLimit() async throws {
            try await TestServer.run { settings in
                settings.slots = 1
                settings.queue = 1
            } _: { server in
                let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                    for _ in 0..<12 {
                        group.addTask {
                            try await server.post(
                                "/v1/completions", #"{"prompt":"the","max_tokens":400,"seed":1}"#)
                        }
                    }
                    var replies: [Reply] = []
                    for try await reply in group { replies.append(reply) }
                    return replies
                }
                let refused = replies.filter { $0.status == 503 }
                #expect(!refused.isEmpty && refused.count < 12)
                #expect(refused.allSatisfy { $0["retry-after"] != nil })
                #expect(replies.allSatisfy { $0.status == 503 || $0.status == 200 })
            }
        }

        @Test("A client that goes away stops its text")
        func disconnection() async throws {
            try await TestServer.run { server in
                let body = #"{"prompt":"the","maximumTokens":8000,"seed":1}"#
                let port = server.port
                try await onThread("client") {
                    let socket = try Socket(port: port)
                    let request =
                        "POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    socket.write(Array(request.utf8))
                    // The text has begun when this comes back.
                    #expect(!socket.read().isEmpty)
                }
                // It would take many seconds to its end; the test waits for the place to be free.
                var active = 1.0
                while active > 0 {
                    let metrics = try await server.get("/metrics").body
                    active = Self.value("minigpt_requests_processing", metrics)
                }
                let made = Self.value(
                    "minigpt_tokens_predicted_total", try await server.get("/metrics").body)
                #expect(made < 8_000)
            }
        }

        private static func value(_ name: String, _ metrics: String) -> Double {
            let line = metrics.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            return line.flatMap { Double($0.split(separator: " ").last ?? "") } ?? -1
        }

        @Test("Asked to end, the server takes nothing new and ends streams properly")
        func gracefulEnd() async throws {
            try await TestServer.run { settings in
                settings.graceSeconds = 1
            } _: { server in
                let port = server.port
                let body = #"{"prompt":"the","max_tokens":8000,"stream":true}"#
                let reply = try await onThread("client") {
                    let socket = try Socket(port: port)
                    let request =
                        "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    socket.write(Array(request.utf8))
                    let begin = socket.read()
                    server.askToEnd()
                    return try Reply(begin + socket.readToEnd())
                }
                #expect(reply.body.hasSuffix("data: [DONE]\n\n"))
                try await server.waitForEnd()
                await #expect(throws: Socket.Failure.self) { try await server.get("/health") }
            }
        }
    }
}
