import Foundation
import HTTPTypes
import Logging
import MiniGPT
import MiniPipeline

/// The models of the catalog, loaded when they are asked for; the last few stay in memory.
actor ModelLibrary {
    nonisolated let catalog: ModelCatalog
    private let limit: Int
    private let weights: WeightFormat
    private let logger: Logger

    private var entries: [ModelEntry] = []
    private var entriesAge: ContinuousClock.Instant?
    /// The one used last is last.
    private var loaded: [LoadedModel] = []
    private var loading: [String: Task<LoadedModel, any Error>] = [:]
    private var chosen: String?

    init(catalog: ModelCatalog, keeping limit: Int, weights: WeightFormat, logger: Logger) {
        self.catalog = catalog
        self.limit = max(1, limit)
        self.weights = weights
        self.logger = logger
    }

    /// All models there are now; the folder is looked through at most once a second.
    func list() async -> [ModelEntry] {
        if let age = entriesAge, .now - age < .seconds(1) { return entries }
        let catalog = catalog
        let found = try? await onThread("MiniGPT catalog") { catalog.entries() }
        entries = found ?? []
        entriesAge = .now
        return entries
    }

    /// Which model a request without one means: the chosen one, or the first that can be used.
    func current() async -> ModelEntry? {
        let entries = await list()
        if let entry = entries.first(where: { $0.id == chosen }) { return entry }
        return entries.first { $0.problem == nil }
    }

    /// Chooses what requests without a model mean.
    func choose(_ id: String) async throws -> ModelEntry {
        let model = try await model(id)
        chosen = model.entry.id
        return model.entry
    }

    /// A model by its name, or the current one; loaded if it is not yet.
    ///
    /// - Throws: `APIError` if there is none of that name, or it cannot be used.
    func model(_ id: String?) async throws -> LoadedModel {
        let entry = try await entry(id)
        if let index = loaded.firstIndex(where: { $0.entry.path == entry.path }) {
            let model = loaded.remove(at: index)
            loaded.append(model)
            return model
        }
        if let task = loading[entry.path] { return try await task.value }
        let task = Task { try await load(entry) }
        loading[entry.path] = task
        defer { loading[entry.path] = nil }
        let model = try await task.value
        keep(model)
        return model
    }

    private func entry(_ id: String?) async throws -> ModelEntry {
        let entries = await list()
        let named = id.flatMap { id in entries.first { $0.id == id } }
        if let entry = named { return entry }
        // Clients made for one vendor send its names; they get what is there, as from llama.cpp.
        if let id, !Self.isForeign(id) {
            throw APIError(
                .notFound,
                "There is no model '\(id.prefix(100))'; /v1/models lists those there are.",
                parameter: "model", code: "model_not_found")
        }
        guard let current = await current() else {
            throw APIError(
                .serviceUnavailable,
                "There is no model yet; make one with `minigpt run --text FILE`.",
                type: "server_error", code: "no_model", retryAfter: 5)
        }
        return current
    }

    /// Names that mean whatever model there is.
    private static func isForeign(_ id: String) -> Bool {
        id.isEmpty || id == "default" || id.hasPrefix("gpt-")
    }

    private func load(_ entry: ModelEntry) async throws -> LoadedModel {
        let (weights, logger) = (weights, logger)
        return try await onThread("MiniGPT loader") {
            let clock = ContinuousClock()
            let start = clock.now
            do {
                let model = LoadedModel(entry, try ModelSource(entry.path), weights: weights)
                logger.info(
                    "Loaded a model",
                    metadata: ["model": "\(entry.id)", "took": "\(clock.now - start)"])
                return model
            } catch {
                logger.error(
                    "A model cannot be loaded",
                    metadata: ["model": "\(entry.id)", "reason": "\(error)"])
                throw APIError(
                    .unprocessableContent,
                    "The model '\(entry.id)' cannot be loaded; the server's log says why.",
                    parameter: "model", code: "model_not_loadable")
            }
        }
    }

    private func keep(_ model: LoadedModel) {
        guard !loaded.contains(where: { $0.entry.path == model.entry.path }) else { return }
        loaded.append(model)
        while loaded.count > limit { loaded.removeFirst().retire() }
    }
}
