import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What a request is answered with: the guard first, then a table of paths, nothing else.
struct EndpointResponder: HTTPResponder {
    typealias Context = CallContext

    /// The error of a response that stands for any error that an endpoint throws.
    typealias ErrorMapping = @Sendable (any Error) -> APIError

    private let settings: HTTPSettings
    private let state: HTTPState
    private let guardian: RequestGuard
    private let headers: AnswerHeaders
    private let page: PageFiles
    private let endpoints: [String: [Endpoint]]
    private let mapping: ErrorMapping
    private let logger: Logger

    init(
        settings: HTTPSettings, state: HTTPState, page: PageFiles, endpoints: [Endpoint],
        logger: Logger, mapping: @escaping ErrorMapping
    ) {
        self.settings = settings
        self.state = state
        self.page = page
        self.logger = logger
        self.mapping = mapping
        guardian = RequestGuard(settings: settings, port: state.port)
        headers = AnswerHeaders(corsOrigin: settings.corsOrigin)
        self.endpoints = Dictionary(grouping: endpoints, by: \.path)
    }

    func respond(to request: Request, context: CallContext) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var log = logger
        log[metadataKey: "request"] = context.logger[metadataKey: "hb.request.id"]
        var response: Response
        do {
            response = try await answer(request, context)
        } catch {
            let mistake = mapping(error)
            if mistake.status.kind == .serverError {
                log.error(
                    "A request failed",
                    metadata: ["path": "\(Self.shown(request))", "reason": "\(error)"])
            }
            response = mistake.response
            // What remains of the body is not read for its own sake.
            if request.method == .post { response.headers[.connection] = "close" }
        }
        headers.add(to: &response)
        state.responses.add(status: response.status.code)
        log.info(
            "Answered",
            metadata: [
                "method": "\(request.method)", "path": "\(Self.shown(request))",
                "status": "\(response.status.code)", "took": "\(clock.now - start)",
            ])
        return response
    }

    /// The path for the log: a line of printable characters, whatever was asked for.
    private static func shown(_ request: Request) -> String {
        String(request.uri.path.prefix(200).map { $0.isASCII && !$0.isNewline ? $0 : "?" })
    }

    private func answer(_ request: Request, _ context: CallContext) async throws -> Response {
        // Spelled in another way it is another path; what a question mark begins is not looked at.
        let path = String((request.head.path ?? "").prefix { $0 != "?" })
        let isPageFile = page.contains(path)
        if let answer = headers.preflight(request) {
            return answer
        }
        try guardian.check(request, isPageFile: isPageFile)
        if isPageFile {
            try require(request, [.get])
            return page.response(path) ?? Response(status: .notFound)
        }
        guard let choices = endpoints[path] else {
            throw APIError(.notFound, "There is nothing at this path.", code: "not_found")
        }
        try require(request, choices.map(\.method))
        guard let endpoint = choices.first(where: { $0.method == request.method }) else {
            throw APIError(.notFound, "There is nothing at this path.", code: "not_found")
        }
        var body: [UInt8] = []
        if endpoint.body != nil { body = try await self.body(of: request) }
        return try await endpoint.handler(
            Exchange(
                body: body, connection: state.connections.watch(context.channel),
                logger: context.logger))
    }

    private func body(of request: Request) async throws -> [UInt8] {
        do {
            let body = try await request.body.collect(upTo: settings.bodyBytes)
            return Array(body.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError(
                .contentTooLarge, "The body may have at most \(settings.bodyBytes) bytes.",
                code: "too_large")
        }
    }

    private func require(
        _ request: Request, _ methods: [HTTPRequest.Method]
    ) throws(APIError) {
        guard !methods.contains(request.method) else { return }
        throw APIError(
            .methodNotAllowed,
            "This path answers to \(methods.map(\.rawValue).joined(separator: " and ")) only.",
            code: "method_not_allowed")
    }
}

/// What is known of a request besides itself.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
