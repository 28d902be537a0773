import HTTPTypes
import Hummingbird
import Logging
import MiniGPT

/// Everything that answers are made of.
struct Service: Sendable {
    let settings: ServerSettings
    let library: ModelLibrary
    let scheduler: Scheduler
    let workbench: Workbench
    let runs: RunCatalog
    let connections: ConnectionTable
    let started: ContinuousClock.Instant
    let logger: Logger
}

/// A request that may be answered.
struct Call: Sendable {
    let service: Service
    /// The members of its body; none of a GET.
    let fields: Fields
    /// Says when the client has gone away.
    let connection: CloseWatch
    let logger: Logger

    /// The model it names, or the current one.
    func model() async throws -> LoadedModel {
        try await service.library.model(try fields.string("model"))
    }
}

/// A path and a method, what answers there, and what `/openapi.json` says of it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Response

    let method: HTTPRequest.Method
    let path: String
    let group: String
    let summary: String
    /// The JSON Schema of the body; `nil` of a GET.
    let body: JSONNode?
    /// What comes back: a JSON Schema by its media type.
    let answers: [String: JSONNode]
    let handler: Handler

    static func get(
        _ path: String, _ group: String, _ summary: String,
        answers: [String: JSONNode] = ["application/json": ["type": "object"]],
        _ handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, group: group, summary: summary, body: nil, answers: answers,
            handler: handler)
    }

    static func post(
        _ path: String, _ group: String, _ summary: String, body: JSONNode,
        answers: [String: JSONNode] = ["application/json": ["type": "object"]],
        _ handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, group: group, summary: summary, body: body,
            answers: answers, handler: handler)
    }
}
