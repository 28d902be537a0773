import HTTPTypes
import Hummingbird
import MiniGPT
import NIOCore

/// What is wrong with a request, in the form that OpenAI's clients understand.
struct APIError: Error, Equatable, CustomStringConvertible {
    var status: HTTPResponse.Status
    /// A sentence.
    var message: String
    var type = "invalid_request_error"
    /// Which member of the request.
    var parameter: String?
    var code: String?
    var retryAfter: Int?

    init(
        _ status: HTTPResponse.Status, _ message: String, type: String = "invalid_request_error",
        parameter: String? = nil, code: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.parameter = parameter
        self.code = code
        self.retryAfter = retryAfter
    }

    var description: String { message }

    /// A member of the request that cannot be used.
    static func parameter(_ name: String, _ message: String) -> APIError {
        APIError(.badRequest, message, parameter: name, code: "invalid_value")
    }

    /// Too much is going on already.
    static let busy = APIError(
        .serviceUnavailable,
        "The server has as many requests as it can hold; try again in a moment.",
        type: "server_error", code: "queue_full", retryAfter: 1)

    static let closing = APIError(
        .serviceUnavailable, "The server is shutting down.", type: "server_error",
        code: "shutting_down", retryAfter: 5)

    /// The error that stands for any other; nothing of this machine shows in it.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as GenerationError: self.init(error)
        case let error as GenerationParameterError: self = .generation(error)
        case let error as GrammarError:
            self = .parameter("grammar", error.description)
        case let error as TokenizerError:
            self = APIError(.badRequest, "The text has no tokens: \(error.description)")
        case is NIOTooManyBytesError:
            self = APIError(
                .contentTooLarge, "The body of the request is too large.", code: "too_large")
        default:
            self = APIError(
                .internalServerError, "Something went wrong; the server's log has more.",
                type: "server_error")
        }
    }

    private init(_ error: GenerationError) {
        switch error {
        case .parameter(let error): self = .generation(error)
        case .tokenizer(let error):
            self.init(.badRequest, "The text has no tokens: \(error.description)")
        case .grammar(let error): self = .parameter("grammar", error.description)
        case .unknownToken: self.init(.badRequest, error.description)
        }
    }

    private static func generation(_ error: GenerationParameterError) -> APIError {
        .parameter(error.name, error.description)
    }

    /// `{"error": {…}}`
    var body: JSONNode {
        [
            "error": [
                "message": .string(message), "type": .string(type),
                "param": parameter.map { .string($0) } ?? .null,
                "code": code.map { .string($0) } ?? .null,
            ]
        ]
    }

    var response: Response {
        var response = Response(json: body, status: status)
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }
}
