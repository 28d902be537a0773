import MiniGPT

/// A stage with everything that was chosen for it, ready to be run in a project.
///
///     try await StageRequest.prepare(Preparation()).run(in: project)
public enum StageRequest: Sendable {
    /// Fetch texts.
    case collect(CollectionRequest)
    /// Put them in order and drop what is not worth learning from.
    case clean(CleaningSettings)
    /// Learn a vocabulary.
    case tokenizer(TokenizerTraining)
    /// Turn the texts into tokens.
    case prepare(Preparation)
    /// Train a model.
    case train(TrainingRequest)

    /// The stage that is asked for.
    public var stage: Stage {
        switch self {
        case .collect: .collect
        case .clean: .clean
        case .tokenizer: .tokenizer
        case .prepare: .prepare
        case .train: .train
        }
    }

    /// What was chosen, by name. Equal settings leave equal files; whether to go on with what was
    /// begun is not part of them.
    ///
    /// - Throws: `PipelineError` if a value cannot be written as JSON.
    public func settings() throws(PipelineError) -> [String: String] {
        switch self {
        case .collect(let request): return request.source.settings
        case .clean(let settings): return try JSONLine.settings(settings)
        case .tokenizer(let training): return training.settings
        case .prepare(let preparation): return preparation.settings
        case .train(let request):
            var settings = Dictionary(
                uniqueKeysWithValues: request.recipe.settings.map { ($0.name, $0.value) })
            settings["name"] = request.name
            settings["preset"] = request.preset
            return settings
        }
    }

    /// Runs the stage without telling how far it is; the stages' own functions do.
    ///
    /// - Throws: `PipelineError`, and `CancellationError` if `stop` was raised.
    public func run(in project: Project, until stop: StopSignal = StopSignal()) async throws {
        switch self {
        case .collect(let request): try await request.run(in: project)
        case .clean(let settings): try Cleaner(project, settings: settings).clean(until: stop)
        case .tokenizer(var training):
            training.stop = stop
            try training.run(in: project)
        case .prepare(let preparation): try project.prepare(preparation)
        case .train(let request):
            try project.train(request, console: Console(), isQuiet: true, until: stop)
        }
        if stop.isRaised { throw CancellationError() }
    }
}
