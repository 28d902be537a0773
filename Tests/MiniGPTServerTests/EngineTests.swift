import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import MiniGPT
import NIOCore
import Testing

@testable import MiniGPTServer

extension Server {
    @Suite("The engine, without HTTP")
    struct EngineTests {
        @Test("Of five questions about the inside only one runs and one waits")
        func insightLimit() async throws {
            let queue = InsightQueue(limit: 1)
            let gate = DispatchSemaphore(value: 0)
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do {
                            try await queue.perform { gate.wait() }
                            return false
                        } catch {
                            // A refusal; it lets whoever waits go on once all refusals are in.
                            return (error as? EngineError) == .full
                        }
                    }
                }
                var refused = 0
                for await isRefused in group {
                    if isRefused { refused += 1 }
                    if refused == 3 { for _ in 0..<5 { gate.signal() } }
                }
                return refused
            }
            queue.close()
            #expect(refused >= 3)
        }

        @Test("A stream that cannot be written any more cancels its answer")
        func brokenWriter() async throws {
            let answer = Answer(choices: 1)
            let call = Call(service: Self.service(), fields: .none, connection: CloseWatch())
            let response = Response(eventsOf: answer, call) { events in
                try await events.send(["a": 1])
                try await events.send(["a": 2])
            }
            await #expect(throws: BrokenWriter.Broken.self) {
                try await response.body.write(BrokenWriter())
            }
            #expect(answer.isCancelled)
        }

        @Test("A model that a program handed over is not known by another name")
        func unknownModel() async throws {
            let (model, tokenizer) = try TestServer.model()
            let shelf = GivenModels([ServedModel("verse", model, tokenizer: tokenizer)])
            let library = Self.library(shelf)
            #expect(try await library.model(nil).entry.id == "verse")
            await #expect(throws: EngineError.unknownModel("prose")) {
                try await library.model("prose")
            }
            await #expect(throws: EngineError.noModel) {
                try await Self.library(GivenModels([])).model(nil)
            }
        }

        private static func library(_ shelf: GivenModels) -> ModelLibrary {
            ModelLibrary(shelf, keeping: 1, weights: .float32, logger: Logger(label: "test"))
        }

        private static func service() -> Service {
            Service(
                limits: AnswerLimits(), firstModelCommand: nil, library: library(GivenModels([])),
                scheduler: Scheduler(), insights: InsightQueue(limit: 1),
                runs: RunCatalog(project: nil, program: nil, logger: Logger(label: "test")),
                http: HTTPState())
        }
    }
}

/// Writes once, then never again.
private struct BrokenWriter: ResponseBodyWriter {
    struct Broken: Error {}
    private var count = 0

    mutating func write(_ buffer: ByteBuffer) async throws {
        count += 1
        if count > 1 { throw Broken() }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
