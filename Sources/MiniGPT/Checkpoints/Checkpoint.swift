import Foundation
import MiniNN
import MiniTensor

/// Everything a training needs to go on as if it had never been stopped.
///
///     let store = try CheckpointStore(directory: directory)
///     try store.save(checkpoint)
///     let loaded = try store.loadLatest()
///
/// On the disk it is a directory; `Documentation/Checkpoints.md` says what is in it. In memory it is
/// a value: taking one copies nothing, since tensors are copied when they are next written.
public struct Checkpoint: Sendable {
    /// The model.
    public var model: GPT
    /// The optimizer with its averages and its step.
    public var optimizer: AdamW
    /// How far the training has come.
    public var progress: Progress
    /// How it was trained.
    public var options: Trainer.Options
    /// All that has to be the same for the training to go on as it would have.
    public var settings: TrainingSettings
    /// Turns text into the model's tokens.
    public var tokenizer: SavedTokenizer?
    /// What it was computed with. Another processor, or another BLAS, rounds differently.
    public internal(set) var machine = Machine()

    /// How far a training has come.
    public struct Progress: Sendable, Codable, Equatable {
        /// Steps made.
        public var step: Int
        /// Decides which examples come when.
        public var seed: UInt64
        /// The state of the random generator from which the next step draws its examples and its
        /// dropout.
        public var generatorState: UInt64
        /// Tokens trained on so far: where in the stream of examples the next step starts.
        public var tokensSeen: Int
        /// The validation loss after this very step, if it was measured.
        public var validationLoss: Float?
        /// The lowest validation loss so far.
        public var bestValidationLoss: Float?
        /// The step it was measured after.
        public var bestStep: Int?

        /// The progress of a training after some steps.
        public init(
            step: Int, seed: UInt64, tokensSeen: Int, validationLoss: Float? = nil,
            bestValidationLoss: Float? = nil, bestStep: Int? = nil
        ) {
            self.step = step
            self.seed = seed
            self.tokensSeen = tokensSeen
            self.validationLoss = validationLoss
            self.bestValidationLoss = bestValidationLoss
            self.bestStep = bestStep
            generatorState = Trainer.generator(seed: seed, step: step).state
        }
    }

    /// What decides how the machine rounds.
    public struct Machine: Sendable, Codable, Equatable {
        /// The vector kernels: `avx2`.
        public var kernels = Compute.kernelName
        /// The name of the BLAS, its version and kernels.
        public var blas = Compute.blasDescription

        /// The machine this program runs on.
        public init() {}
    }

    /// A checkpoint of these parts.
    ///
    /// - Precondition: the optimizer has not followed another model.
    public init(
        model: GPT, optimizer: AdamW, progress: Progress, options: Trainer.Options,
        settings: TrainingSettings, tokenizer: SavedTokenizer? = nil
    ) {
        let names = model.parameters.map(\.name)
        precondition(
            optimizer.moments.isEmpty || optimizer.moments.map(\.name) == names,
            "A checkpoint needs the optimizer of its model, but that has followed \(optimizer.moments.count) parameters of other names than the model's \(names.count)."
        )
        precondition(
            optimizer.step == progress.step,
            "A checkpoint of step \(progress.step) needs an optimizer of as many steps, but it has made \(optimizer.step)."
        )
        self.model = model
        self.optimizer = optimizer
        self.progress = progress
        self.options = options
        self.settings = settings
        self.tokenizer = tokenizer
    }
}
