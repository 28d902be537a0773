import Foundation
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
    /// The model: its kind, configuration and parameters.
    public var model: ModelState
    /// The optimizer's kind and state.
    public var optimizer: OptimizerState
    /// How far the training has come.
    public var progress: Progress
    /// How it was trained.
    public var options: TrainingOptions
    /// All that has to be the same for the training to go on as it would have.
    public var settings: TrainingSettings
    /// Turns text into the model's tokens.
    public var tokenizer: SavedTokenizer?
    /// What it was computed with. Another processor, or another BLAS, rounds differently.
    public package(set) var machine = Machine()

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
            generatorState = TrainingOptions.generator(seed: seed, step: step).state
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

    /// A checkpoint of a model and its optimizer.
    ///
    /// - Precondition: the optimizer has made as many steps as the progress says.
    public init(
        model: some LanguageModel, optimizer: some Optimizer, progress: Progress,
        options: TrainingOptions, settings: TrainingSettings, tokenizer: SavedTokenizer? = nil
    ) {
        precondition(
            optimizer.step == progress.step,
            "A checkpoint of step \(progress.step) needs an optimizer of as many steps, but it has made \(optimizer.step)."
        )
        self.init(
            model: ModelState(model), optimizer: OptimizerState(optimizer), progress: progress,
            options: options, settings: settings, tokenizer: tokenizer)
    }

    /// A checkpoint of states that were read.
    package init(
        model: ModelState, optimizer: OptimizerState, progress: Progress,
        options: TrainingOptions, settings: TrainingSettings, tokenizer: SavedTokenizer?
    ) {
        self.model = model
        self.optimizer = optimizer
        self.progress = progress
        self.options = options
        self.settings = settings
        self.tokenizer = tokenizer
    }
}
