import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import MiniGPT
import NIOCore
import ServiceLifecycle

/// The server behind `minigpt serve`: OpenAI's and llama.cpp's endpoints, those of the page, and the
/// page itself, for the models of one folder.
///
///     let server = ModelServer(folder: "shakespeare", settings: ServerSettings(), logger: logger)
///     try await server.run { port in print("http://127.0.0.1:\(port)") }
public final class ModelServer: Sendable {
    private let settings: ServerSettings
    private let service: Service
    private let port = ListeningPort()
    private let logger: Logger
    private let page: PageFiles

    /// A server of the models in a folder, or of one model.
    ///
    /// - Precondition: the settings have no `problem`.
    public init(folder: String, settings: ServerSettings, logger: Logger) {
        if let problem = settings.problem { preconditionFailure(problem) }
        self.settings = settings
        self.logger = logger
        let catalog = ModelCatalog(folder)
        service = Service(
            settings: settings,
            library: ModelLibrary(
                catalog: catalog, keeping: settings.models, weights: settings.weights,
                logger: logger),
            scheduler: Scheduler(limits: .init(slots: settings.slots, queue: settings.queue)),
            workbench: Workbench(limit: max(8, settings.queue)),
            runs: RunCatalog(
                project: catalog.project, program: settings.program, logger: logger),
            connections: ConnectionTable(), started: .now, logger: logger)
        page = .embedded
    }

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
        let first = application(host: bareHost, port: settings.port) { [port] number in
            port.set(number)
            announce.yield(number)
            announce.finish()
            await onListening(number)
        }
        var services: [any ServiceLifecycle.Service] = [first]
        if settings.host == "127.0.0.1" || settings.host == "localhost" {
            services.append(SecondAddress(server: self, listening: listening))
        }
        // They end from the last to the first: what runs ends before its connections do.
        services.append(SchedulerService(service: service))
        let group = ServiceGroup(configuration: .init(services: services, logger: quiet))
        let watcher = Task {
            while !stop.isRaised { try await Task.sleep(for: .milliseconds(50)) }
            await group.triggerGracefulShutdown()
        }
        defer {
            watcher.cancel()
            service.scheduler.abort()
            service.workbench.close()
        }
        try await group.run()
    }

    private var bareHost: String {
        settings.host == "localhost" ? "127.0.0.1" : settings.host.filter { !"[]".contains($0) }
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
        let responder = EndpointResponder(
            service: service, port: port, page: page, endpoints: Endpoint.all)
        let (settings, table) = (settings, service.connections)
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

/// Ends the model's thread when the server ends: first nothing new, then nothing at all.
private struct SchedulerService: ServiceLifecycle.Service {
    let service: Service

    func run() async throws {
        try? await gracefulShutdown()
        let scheduler = service.scheduler
        scheduler.close()
        let clock = ContinuousClock()
        let end = clock.now + .seconds(service.settings.graceSeconds)
        while clock.now < end, scheduler.isBusy {
            try? await Task.sleep(for: .milliseconds(20))
        }
        scheduler.abort()
        service.workbench.close()
    }
}
