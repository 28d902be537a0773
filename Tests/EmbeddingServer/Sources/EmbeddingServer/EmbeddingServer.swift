import Foundation
import Logging
import MiniGPT
import MiniGPTServer

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Writes a small model, serves it on a free port of this machine, asks it whether it is there, and
/// ends it.
@main
struct EmbeddingServer {
    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("embedding-server-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let tokenizer = try BytePairTokenizer.train(
            on: "a server in a program of one's own", vocabularySize: 270)
        var generator = SplitMix64(seed: 1)
        let model = GPT(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 1, heads: 2,
                width: 16),
            using: &generator)
        try model.export(
            huggingFace: folder, tokenizerFiles: try tokenizer.huggingFaceFiles(contextLength: 32))

        var settings = ServerSettings()
        settings.http.port = 0
        var logger = Logger(label: "EmbeddingServer")
        logger.logLevel = .warning
        let server = ModelServer(folder: folder.path, settings: settings, logger: logger)
        let stop = StopSignal()
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let serving = Task {
            defer { announce.finish() }
            try await server.run(until: stop) { announce.yield($0) }
        }
        guard let port = await ports.first(where: { _ in true }),
            let url = URL(string: "http://127.0.0.1:\(port)/health")
        else {
            try await serving.value
            throw Failure(description: "The server ended before it listened.")
        }
        let (body, response) = try await URLSession.shared.data(from: url)
        stop.raise()
        try await serving.value
        guard (response as? HTTPURLResponse)?.statusCode == 200, !body.isEmpty else {
            throw Failure(description: "The server answered \(response).")
        }
        print("A server in this process answered, and ended.")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
