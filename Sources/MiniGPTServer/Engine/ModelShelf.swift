import MiniPipeline

/// Where a server's models come from: a folder, or the program that the server is part of.
protocol ModelShelf: Sendable {
    /// All models there are now.
    func entries() -> [ModelEntry]
    /// Reads a model of the list.
    ///
    /// - Throws: if its files cannot be read.
    func model(of entry: ModelEntry) throws -> ServedModel
}

/// The models that a program handed over.
struct GivenModels: ModelShelf {
    private let models: [ServedModel]

    init(_ models: [ServedModel]) { self.models = models }

    func entries() -> [ModelEntry] { models.map { ModelEntry($0) } }

    func model(of entry: ModelEntry) throws -> ServedModel {
        guard let model = models.first(where: { $0.name == entry.id }) else {
            throw EngineError.unknownModel(entry.id)
        }
        return model
    }
}
