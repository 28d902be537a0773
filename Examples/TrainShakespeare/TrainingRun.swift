import Foundation
import MiniGPT

/// The model, its optimizer and its trainer, made from the flags.
struct TrainingRun {
    let lesson: Lesson
    var model: GPT
    var optimizer: AdamW
    var trainer: Trainer
    private let command: TrainShakespeare

    /// A training that has not begun.
    ///
    /// - Throws: `CheckpointError` if the folder for the checkpoints cannot be used.
    init(_ command: TrainShakespeare, _ lesson: Lesson, until stop: StopSignal) throws {
        self.command = command
        self.lesson = lesson
        var generator = SplitMix64(seed: command.seed)
        model = GPT(lesson.configuration, using: &generator)
        optimizer = AdamW(
            learningRate: .cosine(
                peak: command.learningRate, warmup: command.warmup, total: command.iterations,
                floor: command.minimumLearningRate),
            betas: (command.beta1, command.beta2), weightDecay: command.weightDecay)
        var options = Trainer.Options()
        options.steps = command.iterations
        options.batchSize = command.batch
        options.clipNorm = command.clip > 0 ? command.clip : nil
        options.validationInterval = command.validationInterval
        options.seed = command.seed
        trainer = Trainer(
            training: lesson.training, validation: lesson.validation, options: options)
        trainer.stopSignal = stop
        if let folder = command.checkpoints ?? (command.resume ? "\(command.out)/checkpoints" : nil)
        {
            trainer.checkpoints = CheckpointPlan(
                try CheckpointStore(
                    directory: URL(fileURLWithPath: folder), keepLast: command.keep),
                steps: command.saveEvery > 0 ? command.saveEvery : nil,
                seconds: command.saveSeconds > 0 ? command.saveSeconds : nil,
                tokenizer: SavedTokenizer(lesson.tokenizer))
        }
    }

    /// Goes to where the newest whole checkpoint stands, if that is wanted.
    ///
    /// - Returns: what the user should know of it.
    /// - Throws: `CheckpointError`, or `UserError` if there is another training in the folder.
    mutating func resume() throws -> [String] {
        guard let store = trainer.checkpoints?.store else { return [] }
        guard command.resume else {
            guard store.checkpoints.isEmpty else {
                throw UserError(
                    "\(store.directory.path) holds checkpoints already: go on from them with --resume, delete them, or give another folder with --checkpoints."
                )
            }
            return []
        }
        guard let loaded = try store.loadLatest() else {
            return ["No checkpoint in \(store.directory.path) yet: starting from the beginning."]
        }
        var notices = loaded.skipped.map { "Passed over \($0)" }
        let changes: [SettingChange]
        do throws(CheckpointError) {
            changes = try trainer.resume(
                &model, &optimizer, from: loaded.checkpoint, allowingChanges: command.allowChanges)
        } catch {
            if case .changed = error {
                throw UserError("\(error) (The flag for that is --allow-changes.)")
            }
            throw error
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
