import Foundation
import MiniGPT
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("The page's endpoints")
    struct PlaygroundTests {
        @Test("The page is served from its table, with the headers of a page")
        func page() async throws {
            try await TestServer.run { server in
                let reply = try await server.get("/")
                #expect(reply.status == 200)
                #expect(reply["content-type"] == "text/html; charset=utf-8")
                for path in PageFiles.embedded.paths {
                    #expect(try await server.get(path).status == 200)
                }
            }
        }

        @Test("Models are listed with their sizes, and one can be chosen")
        func models() async throws {
            try await TestServer.run { server in
                let list = try await server.get("/api/models").json
                #expect(list["current"] as? String != nil)
                let models = try #require(list["models"] as? [[String: Any]])
                #expect(models.count == 2)
                #expect(models.allSatisfy { $0["kind"] as? String == "huggingface" })
                #expect(models[0]["width"] as? Int == 32 && models[0]["layers"] as? Int == 2)
                let chosen = try await server.post("/api/model", #"{"id":"models/two"}"#)
                #expect(chosen.status == 200)
                #expect(
                    try await server.get("/api/models").json["current"] as? String == "models/two")
                #expect(try await server.post("/api/model", #"{"id":"/etc"}"#).status == 404)
            }
        }

        @Test("Tokens have their bytes and places in the text")
        func tokens() async throws {
            try await TestServer.run { server in
                let text = "the mill é 😀"
                let reply = try await server.post("/api/tokens", #"{"text":"\#(text)"}"#)
                let tokens = try #require(try reply.json["tokens"] as? [[String: Any]])
                let ids = try server.tokenizer.encode(text)
                #expect(tokens.compactMap { ($0["id"] as? Int).map(Int32.init) } == ids)
                let bytes = tokens.flatMap { $0["bytes"] as? [Int] ?? [] }.map { UInt8($0) }
                #expect(bytes == Array(text.utf8))
                #expect(tokens.first?["start"] as? Int == 0)
                #expect(tokens.last?["end"] as? Int == text.utf8.count)
                let count = tokens.count
                let back = try await server.post(
                    "/detokenize",
                    #"{"tokens":[\#(ids.map(String.init).joined(separator: ","))]}"#
                )
                #expect(try back.json["content"] as? String == text && count > 3)
            }
        }

        @Test("Stages of the next token are those that the sampler used")
        func stages() async throws {
            try await TestServer.run { server in
                let sampling =
                    #""sampling":{"temperature":0.7,"topK":12,"topP":0.9,"xtcProbability":0.5}"#
                let next = try await server.post(
                    "/api/next", #"{"text":"the mill",\#(sampling),"count":10,"seed":9}"#)
                let stages = try #require(try next.json["stages"] as? [[String: Any]])
                #expect(
                    stages.compactMap { $0["name"] as? String } == [
                        "model", "temperature", "topK", "topP", "xtc",
                    ])
                let stream = try await server.post(
                    "/api/generate",
                    #"{"prompt":"the mill",\#(sampling),"seed":9,"stages":true,"alternatives":10,"maximumTokens":1}"#
                )
                let token = try #require(
                    try stream.events.first { $0["type"] as? String == "token" })
                let used = try #require(token["stages"] as? [[String: Any]])
                #expect(NSArray(array: used).isEqual(to: stages))
                let last = try #require(used.last?["candidates"] as? [[String: Any]])
                #expect(last.contains { $0["id"] as? Int == token["id"] as? Int })

                // And both are what the library says.
                var parameters = SamplingParameters()
                (parameters.temperature, parameters.topK, parameters.topP) = (0.7, 12, 0.9)
                (parameters.xtcProbability, parameters.xtcThreshold) = (0.5, 0.1)
                var predictor = server.model.predictor()
                let tokens = try server.tokenizer.encode("the mill")
                predictor.read(tokens)
                let reports = try parameters.chain().report(
                    predictor.logits, after: TokenHistory(prompt: tokens),
                    using: SplitMix64(seed: 9))
                #expect(
                    stages.dropFirst().compactMap { $0["kept"] as? Int }
                        == reports.map(\.after.count))
            }
        }

        @Test("Attention has a row for each token that adds up to 1, and nothing from later ones")
        func attention() async throws {
            try await TestServer.run { server in
                let reply = try await server.post(
                    "/api/attention", #"{"text":"the mill goes round","layer":1}"#)
                let heads = try #require(try reply.json["heads"] as? [[[Double]]])
                let tokens = try server.tokenizer.encode("the mill goes round")
                let expected = server.model.attentionWeights(of: tokens, layer: 1)
                #expect(heads.count == 2)
                for (head, rows) in heads.enumerated() {
                    #expect(rows.map(\.count) == tokens.map { _ in tokens.count })
                    for (query, row) in rows.enumerated() {
                        #expect(abs(row.reduce(0, +) - 1) < 1e-5)
                        #expect(row[(query + 1)...].allSatisfy { $0 == 0 })
                        #expect(row.map { Float($0) } == expected[head, query].scalars)
                    }
                }
                let wrong = try await server.post("/api/attention", #"{"text":"the","layer":2}"#)
                #expect(try wrong.error["param"] as? String == "layer")
            }
        }

        @Test("The lens ends in the model's own distribution")
        func lens() async throws {
            try await TestServer.run { server in
                let reply = try await server.post("/api/lens", #"{"text":"the mill","count":3}"#)
                let layers = try #require(try reply.json["layers"] as? [[String: Any]])
                #expect(
                    layers.compactMap { $0["name"] as? String } == [
                        "embedding", "block 1", "block 2",
                    ])
                let tokens = try server.tokenizer.encode("the mill")
                let logits = server.model.nextTokenLogits(after: tokens)
                let top = TokenDistribution(Candidates(logits), limit: 3).top
                let positions = try #require(layers.last?["positions"] as? [[[String: Any]]])
                #expect(positions.count == tokens.count)
                #expect(
                    positions.last?.compactMap { $0["id"] as? Int } == top.map { Int($0.token) })
            }
        }

        @Test("Neighbours are the nearest by angle, and the map has the named tokens too")
        func embedding() async throws {
            try await TestServer.run { server in
                let reply = try await server.post("/api/neighbors", #"{"token":65,"count":4}"#)
                let neighbors = try #require(try reply.json["neighbors"] as? [[String: Any]])
                let similarities = neighbors.compactMap { $0["similarity"] as? Double }
                #expect(similarities.count == 4 && similarities == similarities.sorted(by: >))
                #expect(similarities.allSatisfy { $0 <= 1.0001 })
                #expect(!neighbors.contains { $0["id"] as? Int == 65 })
                let map = try await server.post("/api/map", #"{"count":50,"tokens":[200,3]}"#)
                let points = try #require(try map.json["points"] as? [[String: Any]])
                #expect(points.compactMap { $0["id"] as? Int } == Array(0..<50) + [200])
                let explained = try #require(try map.json["explained"] as? [Double])
                #expect(explained.count == 2 && explained[0] >= explained[1])
            }
        }

        @Test("The pipeline leads from the text to the likeliest token")
        func pipeline() async throws {
            try await TestServer.run { server in
                let reply = try await server.post("/api/pipeline", #"{"text":"the mill"}"#)
                let steps = try #require(try reply.json["steps"] as? [[String: Any]])
                #expect(
                    steps.compactMap { $0["name"] as? String } == [
                        "text", "tokens", "embeddings", "block 1", "block 2", "norm", "logits",
                        "probabilities", "next",
                    ])
                let tokens = try server.tokenizer.encode("the mill")
                #expect(steps[3]["shape"] as? [Int] == [1, tokens.count, 32])
                let next = try #require(try reply.json["next"] as? [String: Any])
                let logits = server.model.nextTokenLogits(after: tokens)
                #expect(next["id"] as? Int == Int(Candidates(logits).best.token))
            }
        }

        @Test("Two models answer the same prompt side by side")
        func compare() async throws {
            try await TestServer.run { server in
                let reply = try await server.post(
                    "/api/compare",
                    #"{"models":["models/one","models/two"],"prompt":"the","maximumTokens":5,"seed":3,"sampling":{"temperature":0.9,"topK":40}}"#
                )
                let ends = try reply.events.filter { $0["type"] as? String == "finished" }
                #expect(
                    Set(ends.compactMap { $0["model"] as? String }) == ["models/one", "models/two"])
                let text = try reply.events.compactMap {
                    $0["model"] as? String == "models/one" ? $0["text"] as? String : nil
                }.joined()
                var parameters = SamplingParameters()
                (parameters.temperature, parameters.topK) = (0.9, 40)
                #expect(
                    text == (try server.alone("the", parameters, .init(maximumTokens: 5, seed: 3))))
            }
        }

        @Test("llama.cpp's completion, its metrics and the description of all endpoints")
        func llamaAndDescription() async throws {
            try await TestServer.run { server in
                let reply = try await server.post(
                    "/completion",
                    #"{"prompt":"the","n_predict":4,"seed":1,"n_probs":2,"return_tokens":true}"#)
                let json = try reply.json
                #expect((json["tokens"] as? [Int])?.count == 4)
                #expect(json["stop_type"] as? String == "limit")
                #expect((json["completion_probabilities"] as? [Any])?.count == 4)
                let stream = try await server.post(
                    "/completion", #"{"prompt":"the","n_predict":4,"seed":1,"stream":true}"#)
                let text = try stream.events.compactMap { $0["content"] as? String }.joined()
                #expect(text == json["content"] as? String)
                #expect(try stream.events.last?["stop"] as? Bool == true)
                let metrics = try await server.get("/metrics")
                #expect(metrics.body.contains("\nminigpt_tokens_predicted_total 8\n"))
                let description = try await server.get("/openapi.json").json
                let paths = try #require(description["paths"] as? [String: Any])
                #expect(Set(paths.keys) == Set(server.paths))
                #expect(try await server.get("/props").json["total_slots"] as? Int == 8)
            }
        }

        @Test("The runs of a project are read while they grow")
        func runs() async throws {
            try await TestServer.run { server in
                let empty = try await server.get("/api/runs").json
                #expect((empty["runs"] as? [Any])?.isEmpty == true)
                #expect(empty["canStart"] as? Bool == false)
                let run = server.folder.appendingPathComponent("runs/verse")
                try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
                try Data(#"{"name":"verse","totalSteps":4,"state":"running"}"#.utf8)
                    .write(to: run.appendingPathComponent("run.json"))
                try Data(
                    "{\"step\":1,\"loss\":3.5}\n{\"step\":2,\"loss\":3.25,\"validationLoss\":3}\n{\"ste"
                        .utf8
                )
                .write(to: run.appendingPathComponent("metrics.jsonl"))
                try Data("{\"step\":2,\"prompt\":\"a\",\"text\":\"b\"}\n".utf8)
                    .write(to: run.appendingPathComponent("samples.jsonl"))
                let list = try #require(
                    try await server.get("/api/runs").json["runs"] as? [[String: Any]])
                #expect(list.first?["step"] as? Int == 2 && list.first?["loss"] as? Double == 3.25)
                let metrics = try await server.post(
                    "/api/run/metrics", #"{"name":"verse","after":1}"#
                ).json
                #expect(
                    (metrics["rows"] as? [[String: Any]])?.compactMap { $0["step"] as? Int } == [2])
                #expect((metrics["samples"] as? [Any])?.count == 1)
                for name in ["../verse", "nothing", "/etc", ""] {
                    let reply = try await server.post("/api/run/metrics", #"{"name":"\#(name)"}"#)
                    #expect(reply.status == 404)
                }
                #expect(try await server.post("/api/run/stop", #"{"name":"verse"}"#).status == 409)
            }
        }
    }
}
