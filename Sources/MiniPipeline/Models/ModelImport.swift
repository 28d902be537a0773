import Foundation
import MiniGPT
import MiniSupport

/// Brings a model from elsewhere into a project, as a run with one checkpoint of step 0.
///
/// From there on it is a model like one trained here: to talk with, to fine-tune, to train on.
public struct ModelImport: Sendable {
    /// The run that an import made, and the sizes of its model.
    public struct Result: Sendable, Codable, Equatable {
        /// The path of the run's folder.
        public var run: String
        /// The path of the run's checkpoint.
        public var checkpoint: String
        /// How many parameters the model has.
        public var parameters: Int
        /// How many tokens it knows.
        public var vocabularySize: Int
        /// How many tokens it looks at.
        public var contextLength: Int
    }

    /// The model to bring into the project.
    public let source: OpenedModel
    private let model: GPT
    /// The name of the run.
    public let name: String
    /// Replace a run of that name.
    public var replaces = false

    /// An import under a name.
    ///
    /// - Throws: `PipelineError` if it is no GPT.
    public init(_ source: OpenedModel, as name: String) throws(PipelineError) {
        self.source = source
        model = try opening { () throws(OpeningError) in try source.gpt() }
        self.name = name
    }

    /// Writes the run.
    ///
    /// - Throws: `PipelineError` if there is a run of that name, or the tokenizer is one that a
    ///   checkpoint cannot keep.
    public func run(in project: Project) throws(PipelineError) -> Result {
        let lock = try project.lock()
        defer { withExtendedLifetime(lock) {} }
        let place = project.runs.appendingPathComponent(name)
        guard replaces || FileSystem.kind(of: place) == .missing else {
            throw PipelineError(
                "\(place.path) is there already", .permit(.replacement),
                .change("another", [.name])
            )
        }
        try project.create(project.runs)
        // Made under a hidden name and moved to its place whole.
        let hidden = project.runs.appendingPathComponent(
            ".\(name).tmp-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: hidden)
        defer { try? FileManager.default.removeItem(at: hidden) }
        let checkpoints = hidden.appendingPathComponent("checkpoints")
        try project.create(checkpoints)
        let checkpoint = try checkpoint()
        let report = try describing(place.path) { () throws(CheckpointError) in
            try CheckpointStore(directory: checkpoints).save(checkpoint)
        }
        if let chat = source.chatTemplate {
            try chatting { () throws(ChatError) in
                try chat.write(to: hidden.appendingPathComponent(ChatTemplate.fileName))
            }
        }
        try FileSystem.replace(place, with: hidden)
        let configuration = model.configuration
        return Result(
            run: place.path,
            checkpoint: place.appendingPathComponent("checkpoints")
                .appendingPathComponent(report.url.lastPathComponent).path,
            parameters: configuration.parameterCount,
            vocabularySize: configuration.vocabularySize,
            contextLength: configuration.contextLength)
    }

    private func checkpoint() throws(PipelineError) -> Checkpoint {
        let options = Trainer.Options()
        return Checkpoint(
            model: model, optimizer: AdamW(learningRate: .constant(3e-4)),
            progress: Checkpoint.Progress(step: 0, seed: options.seed, tokensSeen: 0),
            options: options,
            settings: TrainingSettings(["origin": "imported from \(source.url.path)"]),
            tokenizer: try SavedTokenizer(saving: source.tokenizer))
    }
}
