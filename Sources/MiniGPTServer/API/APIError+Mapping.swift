import HTTPTypes
import MiniGPT

// The one place where errors of the layers below become responses.

extension APIError {
    /// The error of a response that stands for any other; nothing of this machine shows in it.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as EngineError: self.init(error)
        case let error as RunError: self.init(error)
        case let error as GenerationError: self.init(error)
        case let error as GenerationParameterError: self = .generation(error)
        case let error as GrammarError: self = .parameter("grammar", error.description)
        case let error as TokenizerError:
            self = APIError(.badRequest, "The text has no tokens: \(error.description)")
        default:
            self = APIError(
                .internalServerError, "Something went wrong; the server's log has more.",
                type: "server_error")
        }
    }

    private init(_ error: EngineError) {
        switch error {
        case .full:
            self.init(
                .serviceUnavailable,
                "The server has as many requests as it can hold; try again in a moment.",
                type: "server_error", code: "queue_full", retryAfter: 1)
        case .closing:
            self.init(
                .serviceUnavailable, "The server is shutting down.", type: "server_error",
                code: "shutting_down", retryAfter: 5)
        case .unknownModel(let id):
            self.init(
                .notFound,
                "There is no model '\(id.prefix(100))'; /v1/models lists those there are.",
                parameter: "model", code: "model_not_found")
        case .noModel:
            self.init(
                .serviceUnavailable, "There is no model yet.", type: "server_error",
                code: "no_model", retryAfter: 5)
        case .unreadableModel(let id):
            self.init(
                .unprocessableContent,
                "The model '\(id)' cannot be loaded; the server's log says why.",
                parameter: "model", code: "model_not_loadable")
        case .notShown(let what, let model):
            self.init(
                .unprocessableContent, "The model '\(model)' cannot show its \(what).",
                parameter: "model", code: "not_supported_by_model")
        case .generation(let error): self.init(error)
        }
    }

    private init(_ error: RunError) {
        switch error {
        case .unknown:
            self.init(
                .notFound, "There is no run of that name.", parameter: "name",
                code: "run_not_found")
        case .cannotStart:
            self.init(
                .conflict, "Runs can be started only where a project is served.",
                code: "cannot_start")
        case .isTraining:
            self.init(
                .conflict, "A run is being trained already; stop it first.", code: "cannot_start")
        case .nameTaken(let name):
            self = .parameter("name", "There is a run '\(name)' already.")
        case .notStarted:
            self.init(
                .internalServerError, "The run cannot be started; the server's log says why.",
                type: "server_error")
        case .cannotStop:
            self.init(
                .conflict, "No run of that name was started from here and is running.",
                parameter: "name", code: "cannot_stop")
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
}
