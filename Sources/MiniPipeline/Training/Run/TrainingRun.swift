import Foundation
import MiniGPT

/// The model, its optimizer and its trainer, made from a recipe.
public struct TrainingRun {
    /// The texts to learn, with their tokenizer.
    public let lesson: Lesson
    /// The model that is trained.
    public var model: GPT
    /// The optimizer of the model.
    public var optimizer: AdamW
    /// The loop that trains the model.
    public var trainer: Trainer
    /// Where the training is saved, if it is.
    private let store: CheckpointStore?

    /// A training that has not begun.
    ///
    /// - Parameter checkpoints: the folder to save it in, if it shall be saved.
    /// - Throws: `PipelineError` if that folder cannot be used.
    public init(
        _ recipe: Recipe, _ lesson: Lesson, checkpoints: URL?, until stop: StopSignal
    ) throws(PipelineError) {
        self.lesson = lesson
        store = try checkpoints.map { folder throws(PipelineError) in
            try describing { () throws(CheckpointError) in
                try CheckpointStore(directory: folder, keepLast: recipe.keep)
            }
        }
        var generator = SplitMix64(seed: recipe.seed)
        model = GPT(lesson.configuration, using: &generator)
        optimizer = recipe.optimizer
        trainer = Trainer(
            training: lesson.training, validation: lesson.validation,
            options: recipe.trainerOptions)
        trainer.stopSignal = stop
        trainer.checkpoints = store.map {
            CheckpointPlan(
                $0, steps: recipe.saveEvery > 0 ? recipe.saveEvery : nil,
                seconds: recipe.saveSeconds > 0 ? recipe.saveSeconds : nil,
                tokenizer: lesson.savedTokenizer)
        }
    }

    /// Goes to where the newest whole checkpoint stands, if that is wanted.
    ///
    /// - Parameters:
    ///   - isWanted: if not, there must be no checkpoints.
    ///   - allowsChanges: go on even if settings are others.
    ///   - elsewhere: how to choose another folder.
    /// - Returns: what the user should know of it.
    /// - Throws: `PipelineError`, also if there is another training in the folder.
    public mutating func resume(
        isWanted: Bool, allowsChanges: Bool, elsewhere: Remedy
    ) throws(PipelineError) -> [String] {
        guard let store else { return [] }
        guard isWanted else {
            guard store.checkpoints.isEmpty else {
                throw PipelineError(
                    "\(store.directory.path) holds checkpoints already", .permit(.resumption),
                    .advice("delete them"), elsewhere
                )
            }
            return []
        }
        let latest = try describing { () throws(CheckpointError) in try store.loadLatest() }
        guard let loaded = latest else {
            return ["No checkpoint in \(store.directory.path) yet: starting from the beginning."]
        }
        var notices = loaded.skipped.map { "Passed over \($0)" }
        let changes: [SettingChange]
        do throws(CheckpointError) {
            changes = try trainer.resume(
                &model, &optimizer, from: loaded.checkpoint, allowingChanges: allowsChanges)
        } catch {
            guard case .changed = error else { throw PipelineError(error.description) }
            let sentence = error.description
            throw PipelineError(
                String(sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]),
                .permit(.changes))
        }
        notices += changes.map { "Not the same training any more: \($0)." }
        let machine = Checkpoint.Machine()
        if loaded.checkpoint.machine != machine {
            notices.append(
                "The checkpoint was computed with other kernels (\(loaded.checkpoint.machine.kernels), \(loaded.checkpoint.machine.blas)): the last digits will differ."
            )
        }
        notices.append("Going on from step \(optimizer.step), \(loaded.url.path)")
        return notices
    }
}
