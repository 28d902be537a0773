import Foundation
import Logging
import MiniGPT
import Testing

@testable import MiniGPTServer

/// A server of one small model of random weights, on a free port of this machine.
final class TestServer: Sendable {
    let port: Int
    let folder: URL
    let model: GPT
    let tokenizer: BytePairTokenizer
    /// The paths of all endpoints.
    let paths: [String]
    private let stop = StopSignal()
    private let task: Task<Void, any Error>

    static let context = 96

    /// Starts a server, does something with it, and ends it.
    static func run<Result>(
        models: [ServedModel]? = nil, _ change: (inout ServerSettings) -> Void = { _ in },
        _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        var settings = ServerSettings()
        settings.http.port = 0
        change(&settings)
        let server = try await TestServer(settings, models)
        do {
            let result = try await body(server)
            try await server.end()
            return result
        } catch {
            try? await server.end()
            throw error
        }
    }

    private init(_ settings: ServerSettings, _ models: [ServedModel]?) async throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("minigpt-server-\(UUID().uuidString)")
        (model, tokenizer) = try Self.model()
        for (name, shift) in [("one", Float(0)), ("two", 0.01)] where models == nil {
            let other = Self.shifted(model, shift)
            try other.export(
                huggingFace: folder.appendingPathComponent("models/\(name)"),
                tokenizerFiles: try tokenizer.huggingFaceFiles(contextLength: Self.context),
                endOfText: tokenizer.endOfText.map(Int.init))
        }
        let (ports, announce) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server =
            if let models {
                ModelServer(models: models, settings: settings, logger: logger)
            } else {
                ModelServer(folder: folder.path, settings: settings, logger: logger)
            }
        paths = server.paths
        let stop = stop
        task = Task {
            defer { announce.finish() }
            try await server.run(until: stop) { announce.yield($0) }
        }
        var found: Int?
        for await port in ports {
            found = port
            break
        }
        port = try #require(found)
    }

    private func end() async throws {
        stop.raise()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await task.value
    }

    /// Asks the server to end, as Ctrl-C does, and goes on at once.
    func askToEnd() { stop.raise() }

    /// Waits until it has ended.
    func waitForEnd() async throws { try await task.value }

    static func model() throws -> (GPT, BytePairTokenizer) {
        let text = String(repeating: "the mill goes round, the water sings <b>so</b>. ", count: 8)
        let tokenizer = try BytePairTokenizer.train(
            on: text, vocabularySize: 290, specialTokens: ["<|endoftext|>"])
        var generator = SplitMix64(seed: 11)
        var model = GPT(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: context, layers: 2,
                heads: 2, width: 32), using: &generator)
        model.mapParameters { _, value in value * 3 }
        return (model, tokenizer)
    }

    private static func shifted(_ model: GPT, _ shift: Float) -> GPT {
        var other = model
        other.mapParameters { _, value in value + shift }
        return other
    }

    /// What the model says alone: the reference for everything the server answers.
    func alone(
        _ prompt: String, _ parameters: SamplingParameters, _ options: GenerationOptions
    ) throws -> String {
        var generator = TextGenerator(model.predictor(), tokenizer: tokenizer)
        var random = SplitMix64(seed: options.seed)
        var text = ""
        _ = try generator.generate(
            prompt, sampler: try parameters.chain(), options: options, using: &random
        ) { if case .text(let piece) = $0 { text += piece } }
        return text
    }

    // MARK: Requests

    var authority: String { "127.0.0.1:\(port)" }

    /// Sends a request and waits for the whole answer.
    func send(
        _ method: String, _ path: String, _ body: String? = nil, _ headers: [String] = []
    ) async throws -> Reply {
        var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            lines.append("Host: \(authority)")
        }
        if let body {
            if !headers.contains(where: { $0.lowercased().hasPrefix("content-type:") }) {
                lines.append("Content-Type: application/json")
            }
            lines.append("Content-Length: \(body.utf8.count)")
        }
        lines += headers.filter { !$0.isEmpty }
        return try await raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// One of the numbers of `/metrics`.
    func metric(_ name: String) async throws -> Int? {
        let lines = try await get("/metrics").body.split(separator: "\n")
        let line = lines.first { $0.hasPrefix("minigpt_\(name) ") }
        return line.flatMap { Int($0.split(separator: " ").last ?? "") }
    }

    func get(_ path: String) async throws -> Reply { try await send("GET", path) }
    func post(_ path: String, _ body: String) async throws -> Reply {
        try await send("POST", path, body)
    }

    /// Sends bytes as they are, and reads until the server closes.
    func raw(_ text: String) async throws -> Reply {
        let port = port
        return try await onThread("client") {
            let socket = try Socket(port: port)
            socket.write(Array(text.utf8))
            return try Reply(socket.readToEnd())
        }
    }
}

/// What came back.
struct Reply: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: String

    init(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else {
            (status, headers, body) = (0, [], text)
            return
        }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            return (
                line[..<colon].lowercased(), value.trimmingCharacters(in: .whitespaces)
            )
        }
        let rest = String(text[end.upperBound...])
        let isChunked = headers.contains { $0.name == "transfer-encoding" }
        body = isChunked ? Self.joined(Array(rest.utf8)) : rest
    }

    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The chunks of a body as one text.
    private static func joined(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0D) {
            let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) ?? 0
            let start = min(end + 2, rest.endIndex)
            let stop = min(start + size, rest.endIndex)
            guard size > 0 else { break }
            result += rest[start..<stop]
            rest = rest[min(stop + 2, rest.endIndex)...]
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The body as JSON.
    var json: [String: Any] {
        get throws {
            try #require(
                try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any],
                "not an object: \(body.prefix(300))")
        }
    }

    /// The events of a stream, without the last `[DONE]`.
    var events: [[String: Any]] {
        get throws {
            try body.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: {") }.map {
                try #require(
                    try JSONSerialization.jsonObject(with: Data($0.dropFirst(6).utf8))
                        as? [String: Any])
            }
        }
    }

    /// The message, type, parameter and code of an error.
    var error: [String: Any] {
        get throws { try #require(try json["error"] as? [String: Any]) }
    }
}
