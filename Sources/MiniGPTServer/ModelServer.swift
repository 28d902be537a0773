import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import MiniGPT
import MiniPipeline
import NIOCore
import ServiceLifecycle

/// Serves models over HTTP: OpenAI's and llama.cpp's endpoints, those of the page, and the page itself.
///
///     let model = ServedModel("verse", gpt, tokenizer: tokenizer)
///     let server = ModelServer(models: [model], logger: Logger(label: "server"))
///     try await server.run { port in print("http://127.0.0.1:\(port)") }
///
/// This is the root where the layers meet. Each uses only those before it:
///
///     HTTP      connections, guards, the table of endpoints, files of the page; knows no model
///     Engine    models in memory, the thread that continues texts, the one that looks inside
///     Runs      trainings of a project
///     API       requests and answers that no dialect is needed for; errors of all layers as responses
///     Dialects  OpenAI, LlamaCpp, Playground: their words to the API's and back
public final class ModelServer: Sendable {
    private let settings: ServerSettings
    private let service: Service
    private let logger: Logger
    private let page = PageFiles.embedded

    /// A server of the models in a folder.
    ///
    /// - Parameters:
    ///   - folder: a project, a run, a checkpoint, a Hugging Face directory, a GGUF file, or a folder
    ///     of any of these. It is looked through again whenever models are asked for.
    ///   - kinds: models of your own that the folder may hold, besides GPTs.
    ///   - settings: how it is reached, and how much it takes on.
    ///   - logger: gets a line for every request, and what goes wrong.
    /// - Precondition: the settings have no `problem`.
    public convenience init(
        folder: String, kinds: [any OpenableModel.Type] = [],
        settings: ServerSettings = ServerSettings(), logger: Logger
    ) {
        let catalog = ModelCatalog(folder, kinds: kinds)
        self.init(catalog, project: catalog.project, settings: settings, logger: logger)
    }

    /// A server of models that this program has in memory.
    ///
    /// - Parameters:
    ///   - models: the first is meant by requests that name none.
    ///   - settings: how it is reached, and how much it takes on.
    ///   - logger: gets a line for every request, and what goes wrong.
    /// - Precondition: the settings have no `problem`, and no two models have the same name.
    public convenience init(
        models: [ServedModel], settings: ServerSettings = ServerSettings(), logger: Logger
    ) {
        let names = models.map(\.name)
        precondition(
            Set(names).count == names.count,
            "Models of a server need different names, but these were given: \(names).")
        var settings = settings
        // They are in memory anyway.
        settings.models = max(settings.models, models.count)
        self.init(GivenModels(models), project: nil, settings: settings, logger: logger)
    }

    private init(
        _ shelf: any ModelShelf, project: Project?, settings: ServerSettings, logger: Logger
    ) {
        if let problem = settings.problem { preconditionFailure(problem) }
        self.settings = settings
        self.logger = logger
        service = Service(
            limits: settings.answers, firstModelCommand: settings.firstModelCommand,
            library: ModelLibrary(
                shelf, keeping: settings.models, weights: settings.weights, logger: logger),
            scheduler: Scheduler(limits: .init(slots: settings.slots, queue: settings.queue)),
            insights: InsightQueue(limit: max(8, settings.queue)),
            runs: RunCatalog(project: project, program: settings.program, logger: logger),
            http: HTTPState())
    }

    /// The port that is listened on; `nil` as long as there is none.
    public var port: Int? { service.http.port.value == 0 ? nil : service.http.port.value }

    /// The paths of all endpoints, for tests.
    var paths: [String] { service.endpoints.map(\.path) }

    /// Serves until the task is cancelled or the service group it is part of is asked to end; then
    /// lets answers end for a while, and ends the rest properly.
    ///
    /// - Parameters:
    ///   - stop: asks to end as well.
    ///   - onListening: gets the port, as soon as requests are answered.
    /// - Throws: if the address is not free.
    public func run(
        until stop: StopSignal = StopSignal(),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        let (listening, announce) = AsyncStream<Int>.makeStream()
        let first = application(host: bareHost, port: settings.http.port) { [service] number in
            service.http.port.set(number)
            announce.yield(number)
            announce.finish()
            await onListening(number)
        }
        var services: [any ServiceLifecycle.Service] = [first]
        if settings.http.host == "127.0.0.1" || settings.http.host == "localhost" {
            services.append(SecondAddress(server: self, listening: listening))
        }
        // They end from the last to the first: what runs ends before its connections do.
        services.append(EngineService(service: service, graceSeconds: settings.graceSeconds))
        let group = ServiceGroup(configuration: .init(services: services, logger: quiet))
        let watcher = Task {
            while !stop.isRaised { try await Task.sleep(for: .milliseconds(50)) }
            await group.triggerGracefulShutdown()
        }
        defer {
            watcher.cancel()
            service.scheduler.abort()
            service.insights.close()
        }
        try await group.run()
    }

    private var bareHost: String {
        settings.http.host == "localhost"
            ? "127.0.0.1" : settings.http.host.filter { !"[]".contains($0) }
    }

    /// What the frameworks say of themselves is of no interest, unless it is a warning.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    fileprivate func application(
        host: String, port number: Int, onListening: @escaping @Sendable (Int) async -> Void
    ) -> Application<EndpointResponder> {
        let (settings, table) = (settings.http, service.http.connections)
        let responder = EndpointResponder(
            settings: settings, state: service.http, page: page, endpoints: service.endpoints,
            logger: logger, mapping: { APIError($0) })
        return Application(
            responder: responder,
            server: HTTPServerBuilder {
                GuardedChannel(settings: settings, table: table, responder: $0)
            },
            configuration: .init(
                address: .hostname(host, port: number),
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)),
            onServerRunning: { await onListening($0.localAddress?.port ?? number) },
            logger: quiet)
    }

    /// Listens on ::1 as well, on the port that the first address got.
    private struct SecondAddress: ServiceLifecycle.Service {
        let server: ModelServer
        let listening: AsyncStream<Int>

        func run() async throws {
            var port: Int?
            for await number in listening.cancelOnGracefulShutdown() { port = number }
            guard let port else { return }
            do {
                try await server.application(host: "::1", port: port) { _ in }.run()
            } catch {
                server.logger.debug(
                    "There is no ::1 to listen on", metadata: ["reason": "\(error)"])
                try? await gracefulShutdown()
            }
        }
    }
}

/// Ends the engine's threads when the server ends: first nothing new, then nothing at all.
private struct EngineService: ServiceLifecycle.Service {
    let service: Service
    let graceSeconds: Int

    func run() async throws {
        try? await gracefulShutdown()
        let scheduler = service.scheduler
        scheduler.close()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(graceSeconds)
        while clock.now < end, scheduler.isBusy {
            try? await Task.sleep(for: .milliseconds(20))
        }
        scheduler.abort()
        service.insights.close()
    }
}
