import MiniGPT

/// Why the engine cannot do what a request asks of it.
enum EngineError: Error, Equatable {
    /// As much waits already as may wait.
    case full
    /// Nothing new is taken on, because the server is ending.
    case closing
    /// No model has that name.
    case unknownModel(String)
    /// There is no model at all.
    case noModel
    /// The files of the model of that name cannot be read; the log says why.
    case unreadableModel(String)
    /// The model of that name cannot show what is asked for, named in words.
    case notShown(String, model: String)
    /// A text cannot be continued as it was asked.
    case generation(GenerationError)
}
