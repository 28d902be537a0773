import HTTPTypes
import Hummingbird
import Logging
import MiniGPT
import MiniSupport

/// A request that the guards have let in, with its whole body.
struct Exchange: Sendable {
    /// The bytes of the body; none of a GET.
    let body: [UInt8]
    /// Says when the client has gone away.
    let connection: CloseWatch
    let logger: Logger
}

/// A path and a method, what answers there, and what `/openapi.json` says of it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    let method: HTTPRequest.Method
    let path: String
    let group: String
    let summary: String
    /// The JSON Schema of the body; `nil` of a GET.
    let body: JSONNode?
    /// What comes back: a JSON Schema by its media type.
    let answers: [String: JSONNode]
    let handler: Handler
}
