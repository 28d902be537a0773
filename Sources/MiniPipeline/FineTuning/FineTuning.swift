import Foundation
import MiniGPT

/// Teaches a trained model to answer: the stage `.fineTune` of a project.
///
///     var tuning = FineTuning(conversations: url)
///     try tuning.run(in: project)
///
/// It starts from the weights of a model, learns the assistant's words alone, and leaves a run with
/// checkpoints and the model's `chat.json`. Stopped or killed, it goes on bit by bit where it was.
public struct FineTuning: Sendable {
    /// The conversations, one JSON object on each line.
    public var conversations: URL
    /// The model to start from, as `ModelPlace` understands it.
    public var model: String?
    /// The name of the run.
    public var name = "chat"
    /// How often every conversation is seen, about.
    public var epochs = 3.0
    /// How many steps to make, instead of `epochs`.
    public var steps: Int?
    /// Rows of conversations in a batch.
    public var batchSize = 8
    /// The highest learning rate; it rises at first and then falls like half a cosine.
    public var learningRate: Float = 3e-4
    /// The share of the conversations that is kept for tests.
    public var validationShare = 0.1
    /// Save after so many steps.
    public var saveEvery = 100
    /// Decides which conversations come when.
    public var seed: UInt64 = 1337
    /// Go on with the run of that name.
    public var resumes = false
    /// Begin again although there is a run of that name.
    public var replaces = false
    /// Looked at after every step.
    public var stop: StopSignal?

    /// Settings for a file of conversations.
    public init(conversations: URL) { self.conversations = conversations }

    /// The run that a fine-tuning made, and its figures.
    public struct Result: Sendable, Codable, Equatable {
        /// The path of the run's folder.
        public var run: String
        /// How many conversations were learned.
        public var conversations: Int
        /// How many tokens of them count.
        public var countedTokens: Int
        /// How many steps were made.
        public var steps: Int
        /// Whether it was stopped before the last step.
        public var wasStopped: Bool
        /// The loss of the last step, in nats per counted token.
        public var loss: Float?
        /// The last validation loss.
        public var validationLoss: Float?
    }

    /// What a run of it will do, before anything is written.
    public struct Plan: Sendable {
        /// The conversations as training examples.
        public let data: ConversationData
        /// The template that conversations are written in.
        public let template: ChatTemplate
        /// How many steps there are.
        public let steps: Int
        let source: OpenedModel
        let model: GPT
        let tokenizer: SavedTokenizer
    }

    /// Reads the model and the conversations, and checks that they can be learned.
    ///
    /// - Throws: `PipelineError` with the numbers of the lines that cannot be learned.
    public func plan(in project: Project) throws(PipelineError) -> Plan {
        let (entries, problems) = try ConversationFile.read(conversations)
        guard problems.isEmpty else {
            throw ConversationFile.error(problems, in: conversations.path)
        }
        if model == nil { try project.require(.train) }
        let source = try ModelSource.open(startingPoint(in: project))
        let model = try opening { () throws(OpeningError) in try source.gpt() }
        let template = source.chatTemplate ?? .suiting(source.tokenizer)
        let data = try ConversationData(
            entries, template: template, tokenizer: source.tokenizer,
            contextLength: model.contextLength,
            validationShare: validationShare)
        return Plan(
            data: data, template: template, steps: steps ?? stepCount(data), source: source,
            model: model,
            tokenizer: try SavedTokenizer(saving: source.tokenizer))
    }

    /// The model to start from: the one named, or the project's trained run, or its newest.
    private func startingPoint(in project: Project) throws(PipelineError) -> String {
        if let model { return project.modelPath(model) }
        let runs = project.runsWithModels.filter { $0.lastPathComponent != name }
        let trained = try project.records()[.train]?.settings["name"]
        guard let run = runs.first(where: { $0.lastPathComponent == trained }) ?? runs.first else {
            throw PipelineError(
                "There is no trained model", .run(.train), .provide(.model))
        }
        return run.path
    }

    private func stepCount(_ data: ConversationData) -> Int {
        let rows = Double(data.training.tokenCount) / Double(data.training.contextLength)
        return max(1, Int((epochs * rows / Double(batchSize)).rounded(.up)))
    }

    /// Fine-tunes the model, from its beginning or from the newest checkpoint.
    ///
    /// - Parameter onEvent: told of every step, test and checkpoint.
    /// - Throws: `PipelineError`, `TrainingError`, `CheckpointError`, and what `onEvent` throws.
    @discardableResult
    public func run(
        in project: Project, onEvent: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> Result {
        let lock = try project.lock()
        defer { withExtendedLifetime(lock) {} }
        let plan = try plan(in: project)
        let place = project.runs.appendingPathComponent(name)
        let checkpoints = place.appendingPathComponent("checkpoints")
        let isBegun = !CheckpointOutline.directories(in: checkpoints).isEmpty
        if isBegun, !resumes {
            guard replaces else {
                throw PipelineError(
                    "\(place.path) is there already", .permit(.resumption), .permit(.replacement),
                    .change("another", [.name])
                )
            }
            try project.forget(.fineTune)
            try Self.delete(place)
        }
        try project.create(checkpoints)
        try chatting { () throws(ChatError) in
            try plan.template.write(to: place.appendingPathComponent(ChatTemplate.fileName))
        }

        var trainer = Trainer(
            training: plan.data.training, validation: plan.data.validation,
            options: options(plan))
        trainer.stopSignal = stop
        let store = try CheckpointStore(directory: checkpoints)
        trainer.checkpoints = CheckpointPlan(
            store, steps: saveEvery, seconds: nil, tokenizer: plan.tokenizer)
        var model = plan.model
        var optimizer = AdamW(
            learningRate: .cosine(
                peak: learningRate, warmup: plan.steps / 20, total: plan.steps,
                floor: learningRate / 10))
        if let loaded = try resumes ? store.loadLatest() : nil {
            try trainer.resume(&model, &optimizer, from: loaded.checkpoint)
        }
        let metrics = try MetricsLog(
            place.appendingPathComponent("metrics.jsonl"), after: optimizer.step)
        let summary = try trainer.run(&model, &optimizer) { event in
            try metrics.note(event)
            try onEvent(event)
        }
        if !summary.wasStopped { try record(summary, plan, checkpoints, in: project) }
        return Result(
            run: place.path, conversations: plan.data.training.examples.count,
            countedTokens: plan.data.training.countedTokens, steps: summary.steps,
            wasStopped: summary.wasStopped, loss: summary.loss,
            validationLoss: summary.validationLoss)
    }

    private func options(_ plan: Plan) -> Trainer.Options {
        var options = Trainer.Options()
        options.steps = plan.steps
        options.batchSize = batchSize
        options.validationInterval = plan.data.validation == nil ? 0 : max(1, plan.steps / 10)
        options.seed = seed
        return options
    }

    /// Deletes a run that is to be begun again: out of sight first, so that it is never half there.
    private static func delete(_ run: URL) throws(PipelineError) {
        let hidden = run.deletingLastPathComponent()
            .appendingPathComponent(".\(run.lastPathComponent).old")
        do {
            try? FileManager.default.removeItem(at: hidden)
            try FileManager.default.moveItem(at: run, to: hidden)
            try FileManager.default.removeItem(at: hidden)
        } catch {
            throw PipelineError("\(run.path) cannot be replaced: \(error.localizedDescription)")
        }
    }

    /// Notes down that the stage is done.
    private func record(
        _ summary: TrainingSummary, _ plan: Plan, _ checkpoints: URL, in project: Project
    ) throws(PipelineError) {
        guard let newest = CheckpointOutline.directories(in: checkpoints).first else { return }
        let place = checkpoints.deletingLastPathComponent()
        var facts = [
            "steps": Double(summary.steps),
            "conversations": Double(plan.data.training.examples.count),
        ]
        if let loss = summary.loss { facts["loss"] = Double(loss) }
        if let loss = summary.validationLoss { facts["validationLoss"] = Double(loss) }
        let files = ["manifest.json", "config.json", "model.safetensors", "tokenizer.json"]
        try project.record(
            .fineTune,
            settings: [
                "data": conversations.path, "model": plan.source.url.path, "name": name,
                "steps": "\(plan.steps)", "batch": "\(batchSize)",
                "learningRate": "\(learningRate)", "seed": "\(seed)",
            ],
            facts: facts, inputs: [conversations],
            outputs: files.map(newest.appendingPathComponent)
                + [place.appendingPathComponent(ChatTemplate.fileName)])
    }
}

extension SavedTokenizer {
    /// The file of any tokenizer that a checkpoint can keep.
    package init(saving tokenizer: any TextTokenizer) throws(PipelineError) {
        self = try describing { () throws(TokenizerError) in try SavedTokenizer(tokenizer) }
    }
}
