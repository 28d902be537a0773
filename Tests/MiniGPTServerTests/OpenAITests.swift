import Foundation
import MiniGPT
import MiniSupport
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("OpenAI's endpoints")
    struct OpenAITests {
        private static func choice(_ reply: Reply) throws -> [String: Any] {
            try #require((try reply.json["choices"] as? [[String: Any]])?.first)
        }

        @Test("The models are listed, and unknown ones refused")
        func models() async throws {
            try await TestServer.run { server in
                let list = try await server.get("/v1/models").json
                let ids = (list["data"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
                #expect(ids?.sorted() == ["models/one", "models/two"])
                let reply = try await server.post(
                    "/v1/completions", #"{"model":"../one","prompt":"the"}"#)
                #expect(reply.status == 404)
                #expect(try reply.error["code"] as? String == "model_not_found")
            }
        }

        @Test("A completion: text, usage, the reason of its end, log-probabilities")
        func completion() async throws {
            try await TestServer.run { server in
                let reply = try await server.post(
                    "/v1/completions",
                    #"{"prompt":"the mill","max_tokens":6,"temperature":0,"logprobs":2,"echo":true}"#
                )
                let choice = try Self.choice(reply)
                var options = GenerationOptions(maximumTokens: 6)
                options.alternatives = 0
                var parameters = SamplingParameters()
                parameters.temperature = 0
                let text = try server.alone("the mill", parameters, options)
                #expect(choice["text"] as? String == "the mill" + text)
                #expect(choice["finish_reason"] as? String == "length")
                let logprobs = try #require(choice["logprobs"] as? [String: Any])
                #expect((logprobs["tokens"] as? [String])?.count == 6)
                #expect((logprobs["text_offset"] as? [Int])?.first == 8)
                let usage = try #require(try reply.json["usage"] as? [String: Any])
                #expect(usage["completion_tokens"] as? Int == 6)
                #expect(usage["total_tokens"] as? Int == (usage["prompt_tokens"] as? Int ?? 0) + 6)
            }
        }

        @Test("A stream has the same text as the whole answer, and its usage at the end")
        func stream() async throws {
            try await TestServer.run { server in
                let common =
                    #""messages":[{"role":"user","content":"the mill"}],"seed":3,"max_tokens":20"#
                let whole = try await server.post("/v1/chat/completions", "{\(common)}")
                let message = try #require(try Self.choice(whole)["message"] as? [String: Any])
                let stream = try await server.post(
                    "/v1/chat/completions",
                    #"{\#(common),"stream":true,"stream_options":{"include_usage":true}}"#)
                #expect(stream["content-type"]?.hasPrefix("text/event-stream") == true)
                #expect(stream.body.hasSuffix("data: [DONE]\n\n"))
                let events = try stream.events
                let deltas = events.compactMap { event -> String? in
                    let choice = (event["choices"] as? [[String: Any]])?.first
                    return (choice?["delta"] as? [String: Any])?["content"] as? String
                }
                #expect(deltas.joined() == message["content"] as? String)
                let usage = events.last?["usage"] as? [String: Any]
                #expect(usage?["completion_tokens"] as? Int == 20)
                #expect((events.last?["choices"] as? [Any])?.isEmpty == true)
            }
        }

        @Test("Answers of JSON are JSON, by a schema as well")
        func jsonFormat() async throws {
            try await TestServer.run { server in
                let schema =
                    #"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}"#
                let reply = try await server.post(
                    "/v1/chat/completions",
                    #"{"messages":[{"role":"user","content":"so"}],"max_tokens":200,"seed":2,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema)}}}"#
                )
                let message = try #require(try Self.choice(reply)["message"] as? [String: Any])
                let text = try #require(message["content"] as? String)
                let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
                #expect((value as? [String: Any])?["ok"] is Bool, "\(text)")
                #expect(try Self.choice(reply)["finish_reason"] as? String == "stop")
            }
        }

        @Test("Stop texts, biases and token log-probabilities do what they say")
        func details() async throws {
            try await TestServer.run { server in
                let free = try await server.post(
                    "/v1/completions", #"{"prompt":"the","max_tokens":30,"seed":4}"#)
                let text = try #require(try Self.choice(free)["text"] as? String)
                // Of a piece of a character nothing could be compared.
                let letter = text.dropFirst(4).first { $0.isASCII && $0.isLetter }
                let stop = String(try #require(letter))
                let escaped = JSONNode.string(stop).json
                let stopped = try await server.post(
                    "/v1/completions",
                    #"{"prompt":"the","max_tokens":30,"seed":4,"stop":[\#(escaped)]}"#)
                let short = try #require(try Self.choice(stopped)["text"] as? String)
                #expect(text.hasPrefix(short) && !short.contains(stop))
                #expect(try Self.choice(stopped)["finish_reason"] as? String == "stop")

                let space = try #require(server.tokenizer.encode("the").first)
                let biased = try await server.post(
                    "/v1/chat/completions",
                    #"{"messages":[{"role":"user","content":"so"}],"max_tokens":3,"logprobs":true,"top_logprobs":3,"logit_bias":{"\#(space)":100}}"#
                )
                let logprobs = try #require(try Self.choice(biased)["logprobs"] as? [String: Any])
                let tokens = try #require(logprobs["content"] as? [[String: Any]])
                #expect(tokens.count == 3)
                #expect(tokens.allSatisfy { ($0["top_logprobs"] as? [Any])?.count == 3 })
                let bytes = server.tokenizer.bytes(of: space).map { $0.map(Int.init) }
                #expect(tokens.allSatisfy { $0["bytes"] as? [Int] == bytes })
            }
        }

        @Test("Embeddings are the mean of the last layer, as numbers and as base64")
        func embeddings() async throws {
            try await TestServer.run { server in
                let tokens = try server.tokenizer.encode("the water")
                let expected = server.model.representation(of: TokenBatch(tokens))[0]
                    .mean(axis: 0).scalars
                let plain = try await server.post("/v1/embeddings", #"{"input":"the water"}"#)
                let data = try #require(try plain.json["data"] as? [[String: Any]])
                let numbers = try #require(data.first?["embedding"] as? [Double])
                #expect(numbers.map { Float($0) } == expected)
                let packed = try await server.post(
                    "/v1/embeddings", #"{"input":["the water"],"encoding_format":"base64"}"#)
                let list = try #require(try packed.json["data"] as? [[String: Any]])
                let text = try #require(list.first?["embedding"] as? String)
                let bytes = try #require(Data(base64Encoded: text))
                #expect(bytes.count == 4 * expected.count)
                let bits = expected[1].bitPattern
                #expect(
                    Array(bytes[4..<8])
                        == (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
            }
        }

        @Test(
            "Numbers that cannot be used are refused with their name",
            arguments: [
                ("temperature", "1e308"), ("temperature", "-1"), ("top_p", "1.5"),
                ("max_tokens", "9223372036854775808"), ("max_tokens", "-1"),
                ("max_tokens", "1.5"), ("seed", "9223372036854775808"), ("n", "0"),
                ("n", "1e9"), ("frequency_penalty", "1e308"), ("presence_penalty", "\"1\""),
                ("logprobs", "21"), ("stop", "[\"\"]"), ("prompt", "[-1]"),
                ("prompt", "[9223372036854775808]"), ("logit_bias", "{\"-5\":1}"),
                ("stream", "\"yes\""), ("response_format", "[]"),
            ])
        func badNumbers(_ name: String, _ value: String) async throws {
            try await TestServer.run { server in
                let prompt = name == "prompt" ? "" : #""prompt":"the","#
                let reply = try await server.post(
                    "/v1/completions", #"{\#(prompt)"\#(name)":\#(value)}"#)
                #expect(reply.status == 400)
                let error = try reply.error
                #expect(error["param"] as? String == name)
                #expect((error["message"] as? String)?.contains(name) == true)
                #expect(error["type"] as? String == "invalid_request_error")
            }
        }
    }
}
