/// A setting that errors name. Its raw value is its name in files of settings, and the flag of a
/// program may be the same with two dashes before it.
public enum Setting: String, Sendable, Codable, Hashable, CaseIterable {
    // MARK: The model

    /// How many transformer blocks the model has.
    case layers
    /// How many heads the attention of a block has.
    case heads
    /// The length of the vector of one position.
    case width
    /// How many tokens the model can look at.
    case context
    /// The share of activations that is dropped while training.
    case dropout

    // MARK: How it is trained

    /// How many steps a training makes.
    case iterations
    /// How many examples a batch has.
    case batch
    /// How many batches are averaged for one step.
    case gradientAccumulation = "gradient-accumulation"
    /// Whether blocks are recomputed for the gradients, to save memory.
    case recomputeBlocks = "recompute-blocks"
    /// The learning rate after the warm-up.
    case learningRate = "learning-rate"
    /// The learning rate at the end.
    case minimumLearningRate = "minimum-learning-rate"
    /// Over how many steps the learning rate rises.
    case warmup
    /// AdamW's weight decay.
    case weightDecay = "weight-decay"
    /// AdamW's β₁.
    case beta1
    /// AdamW's β₂.
    case beta2
    /// The greatest norm of gradients; longer ones are shortened to it.
    case clip
    /// What random numbers start from.
    case seed

    // MARK: What a training measures, writes and saves

    /// After how many steps the model is validated.
    case validationInterval = "validation-interval"
    /// How many batches a validation reads.
    case validationBatches = "validation-batches"
    /// The text that samples continue.
    case prompt
    /// The temperature of samples.
    case temperature
    /// After how many steps a sample is written.
    case sampleEvery = "sample-every"
    /// How many tokens a sample has.
    case sampleTokens = "sample-tokens"
    /// After how many steps a checkpoint is saved.
    case saveEvery = "save-every"
    /// After how many seconds a checkpoint is saved.
    case saveSeconds = "save-seconds"
    /// How many checkpoints are kept.
    case keep

    // MARK: Stages and their files

    /// The project's directory.
    case project
    /// How many threads compute.
    case threads
    /// The name of a run or a conversation.
    case name
    /// The model to use, or to start from.
    case model
    /// The tokenizer to use.
    case tokenizer
    /// How many tokens a tokenizer has.
    case vocabulary
    /// How often a pair of tokens must occur to be merged.
    case minimumFrequency = "minimum-frequency"
    /// The share of a text that is kept for validation.
    case validationShare = "validation-share"
    /// How many tokens the windows on a text are apart.
    case stride
    /// How servers can reach whoever collects.
    case contact
    /// The folder or file to write to.
    case out
    /// The folder of a training's checkpoints.
    case checkpoints

    // MARK: Plans

    /// How many machines there are.
    case machines
    /// Billions of floating-point operations a second of a machine.
    case gigaflops
    /// The share of a machine's speed that a training reaches.
    case efficiency
    /// The memory of a machine.
    case memory
    /// How many steps a planned training makes.
    case steps
    /// How many tokens a planned training reads.
    case tokens
}

extension Setting: CustomStringConvertible {
    /// The setting's name in words: "learning rate".
    public var description: String { rawValue.replacing("-", with: " ") }
}
