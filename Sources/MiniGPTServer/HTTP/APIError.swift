import HTTPTypes
import Hummingbird
import MiniGPT
import MiniSupport

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
