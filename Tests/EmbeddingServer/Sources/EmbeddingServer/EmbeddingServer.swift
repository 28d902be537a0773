import Foundation
import Logging
import MiniGPT
import MiniGPTServer

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Serves a model of its own, which is no GPT, on a free port of this machine, asks it to continue a
/// text, and ends the server.
@main
struct EmbeddingServer {
    static func main() async throws {
        let tokenizer = try BytePairTokenizer.train(
            on: "a server in a program of one's own", vocabularySize: 270)
        var generator = SplitMix64(seed: 1)
        let model = Decoder(.init(vocabularySize: tokenizer.vocabularySize), using: &generator)

        var settings = ServerSettings()
        settings.http.port = 0
        var logger = Logger(label: "EmbeddingServer")
        logger.logLevel = .warning
        let server = ModelServer(
            models: [ServedModel("own", model, tokenizer: tokenizer)], settings: settings,
            logger: logger)
        let stop = StopSignal()
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let serving = Task {
            defer { announce.finish() }
            try await server.run(until: stop) { announce.yield($0) }
        }
        var announced = ports.makeAsyncIterator()
        guard let port = await announced.next(),
            let url = URL(string: "http://127.0.0.1:\(port)/v1/completions")
        else {
            try await serving.value
            throw Failure(description: "The server ended before it listened.")
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(
            #"{"model":"own","prompt":"a server","max_tokens":8,"seed":1}"#.utf8)
        let (body, response) = try await URLSession.shared.data(for: request)
        stop.raise()
        try await serving.value
        let answer = try JSONSerialization.jsonObject(with: body) as? [String: Any]
        let usage = answer?["usage"] as? [String: Any]
        guard (response as? HTTPURLResponse)?.statusCode == 200,
            usage?["completion_tokens"] as? Int == 8
        else {
            throw Failure(
                description: "The server answered \(String(decoding: body, as: UTF8.self)).")
        }
        print("A server in this process continued a text with a model of its own, and ended.")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
