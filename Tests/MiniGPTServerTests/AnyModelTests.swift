import Foundation
import MiniGPT
import Testing

@testable import MiniGPTServer

/// A model that is no GPT: the next token depends on the last one alone.
private struct Bigram: LanguageModel {
    var table: Embedding
    var vocabularySize: Int { table.weight.dim(0) }
    var contextLength: Int { 24 }

    init(vocabularySize: Int, using generator: inout some RandomNumberGenerator) {
        table = Embedding(count: vocabularySize, dimensions: vocabularySize, using: &generator)
        table.mapParameters { _, value in value * 40 }
    }

    func callAsFunction(_ tokens: TokenBatch, mode: Mode) -> Tensor { table(tokens) }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("table", &table)
    }
}

extension Server {
    @Suite("Models that are no GPT")
    struct AnyModelTests {
        private static func bigram() throws -> (Bigram, BytePairTokenizer) {
            let (_, tokenizer) = try TestServer.model()
            var generator = SplitMix64(seed: 5)
            return (Bigram(vocabularySize: tokenizer.vocabularySize, using: &generator), tokenizer)
        }

        @Test("Several texts of one are continued together, each as it would be alone")
        func completions() async throws {
            let (model, tokenizer) = try Self.bigram()
            let served = ServedModel("bigram", model, tokenizer: tokenizer)
            try await TestServer.run(models: [served]) { server in
                let reply = try await server.post(
                    "/v1/completions",
                    #"{"prompt":"the mill","n":3,"max_tokens":40,"seed":5,"temperature":0.9}"#)
                let choices = try #require(try reply.json["choices"] as? [[String: Any]])
                #expect(choices.count == 3)
                for (index, choice) in choices.enumerated() {
                    var parameters = SamplingParameters()
                    parameters.temperature = 0.9
                    var generator = TextGenerator(model.predictor(), tokenizer: tokenizer)
                    var random = SplitMix64(seed: UInt64(5 + index))
                    var text = ""
                    _ = try generator.generate(
                        "the mill", sampler: try parameters.chain(),
                        options: GenerationOptions(maximumTokens: 40), using: &random
                    ) { if case .text(let piece) = $0 { text += piece } }
                    #expect(choice["text"] as? String == text)
                }
            }
        }

        @Test(
            "What one cannot show is refused by its name",
            arguments: [
                ("/api/attention", #"{"text":"the"}"#), ("/api/lens", #"{"text":"the"}"#),
                ("/api/pipeline", #"{"text":"the"}"#), ("/api/neighbors", #"{"token":3}"#),
                ("/api/map", "{}"), ("/v1/embeddings", #"{"input":"the"}"#),
            ])
        func refusals(_ path: String, _ body: String) async throws {
            let (model, tokenizer) = try Self.bigram()
            let served = ServedModel("bigram", model, tokenizer: tokenizer)
            try await TestServer.run(models: [served]) { server in
                let reply = try await server.post(path, body)
                #expect(reply.status == 422)
                #expect(try reply.error["code"] as? String == "not_supported_by_model")
                #expect((try reply.error["message"] as? String)?.contains("'bigram'") == true)
                #expect(try await server.post("/api/next", #"{"text":"the"}"#).status == 200)
            }
        }

        @Test("Its own end tokens end an answer, though they are not the tokenizer's")
        func endTokens() async throws {
            let (model, tokenizer) = try TestServer.model()
            let end = try #require(tokenizer.encode("w").first)
            let served = ServedModel("verse", model, tokenizer: tokenizer, endTokens: [end])
            try await TestServer.run(models: [served]) { server in
                let reply = try await server.post(
                    "/v1/chat/completions",
                    #"{"messages":[{"role":"user","content":"so"}],"max_tokens":9,"logit_bias":{"\#(end)":100}}"#
                )
                let choice = (try reply.json["choices"] as? [[String: Any]])?.first
                #expect(choice?["finish_reason"] as? String == "stop")
                #expect((choice?["message"] as? [String: Any])?["content"] as? String == "")
            }
        }
    }
}
