import Hummingbird
import Logging
import MiniGPT
import MiniSupport

/// How long the answers of models may become.
public struct AnswerLimits: Sendable {
    /// The most tokens of an answer.
    public var tokens = 8_192
    /// The most seconds that making an answer may take.
    public var seconds = 600

    /// The defaults.
    public init() {}
}

/// Everything that answers are made of.
struct Service: Sendable {
    let limits: AnswerLimits
    /// The command that makes a first model, for people who have none.
    let firstModelCommand: String?
    let library: ModelLibrary
    let scheduler: Scheduler
    let insights: InsightQueue
    let runs: RunCatalog
    let http: HTTPState
}

/// A request whose body is an object of JSON.
struct Call: Sendable {
    let service: Service
    /// The members of its body; none of a GET.
    let fields: Fields
    /// Says when the client has gone away.
    let connection: CloseWatch

    /// The model it names, or the current one.
    func model() async throws -> LoadedModel {
        try await service.library.model(try fields.string("model"))
    }
}

extension Service {
    typealias Handler = @Sendable (Call) async throws -> Response

    /// What a path answers to a GET.
    func get(
        _ path: String, _ group: String, _ summary: String,
        answers: [String: JSONNode] = Schema.json, _ handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, group: group, summary: summary, body: nil, answers: answers
        ) { exchange in
            try await handler(
                Call(service: self, fields: .none, connection: exchange.connection))
        }
    }

    /// What a path answers to a POST of an object with these members.
    func post(
        _ path: String, _ group: String, _ summary: String, body: JSONNode,
        answers: [String: JSONNode] = Schema.json, _ handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, group: group, summary: summary, body: body,
            answers: answers
        ) { exchange in
            try await handler(
                Call(
                    service: self, fields: try Fields(body: exchange.body),
                    connection: exchange.connection))
        }
    }
}
