import Logging
import MiniGPT

/// The models of a shelf, loaded when they are asked for; the last few stay in memory.
actor ModelLibrary {
    private let shelf: any ModelShelf
    private let limit: Int
    private let weights: NumberFormat
    private let logger: Logger

    private var entries: [ModelEntry] = []
    private var entriesAge: ContinuousClock.Instant?
    /// The one used last is last.
    private var loaded: [LoadedModel] = []
    private var loading: [String: Task<LoadedModel, any Error>] = [:]
    private var chosen: String?

    init(
        _ shelf: any ModelShelf, keeping limit: Int, weights: NumberFormat, logger: Logger
    ) {
        self.shelf = shelf
        self.limit = max(1, limit)
        self.weights = weights
        self.logger = logger
    }

    /// All models there are now; the folder is looked through at most once a second.
    func list() async -> [ModelEntry] {
        if let age = entriesAge, .now - age < .seconds(1) { return entries }
        let shelf = shelf
        let found = try? await onThread("MiniGPT catalog") { shelf.entries() }
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
    /// - Throws: `EngineError` if there is none of that name, or it cannot be used.
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
        if let id, !Self.isForeign(id) { throw EngineError.unknownModel(id) }
        guard let current = await current() else { throw EngineError.noModel }
        return current
    }

    /// Names that mean whatever model there is.
    private static func isForeign(_ id: String) -> Bool {
        id.isEmpty || id == "default" || id.hasPrefix("gpt-")
    }

    /// How many models are in memory.
    var loadedCount: Int { loaded.count }

    private func load(_ entry: ModelEntry) async throws -> LoadedModel {
        let (shelf, weights, logger) = (shelf, weights, logger)
        return try await onThread("MiniGPT loader") {
            let clock = ContinuousClock()
            let start = clock.now
            do {
                let source = try shelf.model(of: entry)
                let model = LoadedModel(entry, source, weights: weights) {
                    do {
                        return try shelf.model(of: entry).model
                    } catch {
                        throw EngineError.unreadableModel(entry.id)
                    }
                }
                logger.info(
                    "Loaded a model",
                    metadata: ["model": "\(entry.id)", "took": "\(clock.now - start)"])
                return model
            } catch {
                logger.error(
                    "A model cannot be loaded",
                    metadata: ["model": "\(entry.id)", "reason": "\(error)"])
                throw EngineError.unreadableModel(entry.id)
            }
        }
    }

    private func keep(_ model: LoadedModel) {
        guard !loaded.contains(where: { $0.entry.path == model.entry.path }) else { return }
        loaded.append(model)
        while loaded.count > limit { loaded.removeFirst().retire() }
    }
}
