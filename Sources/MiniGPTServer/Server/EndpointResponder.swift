import HTTPTypes
import Hummingbird
import Logging
import MiniGPT
import NIOCore

/// What a request is answered with: the guard first, then a table of paths, nothing else.
struct EndpointResponder: HTTPResponder {
    typealias Context = CallContext

    private let service: Service
    private let guardian: RequestGuard
    private let headers: AnswerHeaders
    private let page: PageFiles
    private let endpoints: [String: [Endpoint]]

    init(service: Service, port: ListeningPort, page: PageFiles, endpoints: [Endpoint]) {
        self.service = service
        self.page = page
        guardian = RequestGuard(settings: service.settings, port: port)
        headers = AnswerHeaders(corsOrigin: service.settings.corsOrigin)
        self.endpoints = Dictionary(grouping: endpoints, by: \.path)
    }

    func respond(to request: Request, context: CallContext) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var log = service.logger
        log[metadataKey: "request"] = context.logger[metadataKey: "hb.request.id"]
        var response: Response
        do {
            response = try await answer(request, context)
        } catch {
            let mistake = APIError(error)
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
        service.scheduler.statistics.answered(response.status.code)
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
        var fields = Fields.none
        if endpoint.body != nil {
            let body = try await request.body.collect(upTo: service.settings.bodyBytes)
            fields = try Fields(body: Array(body.readableBytesView))
        }
        let watch = service.connections.watch(context.channel)
        let call = Call(
            service: service, fields: fields, connection: watch, logger: context.logger)
        return try await endpoint.handler(call)
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
