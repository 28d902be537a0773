/// A setting that errors name. Its raw value is its name in files of settings.
public enum Setting: String, Sendable, Codable, Hashable, CaseIterable {
    // The model.
    case layers, heads, width, context, dropout
    // How it learns.
    case iterations, batch, warmup, beta1, beta2, clip, seed, keep
    case gradientAccumulation = "gradient-accumulation"
    case recomputeBlocks = "recompute-blocks"
    case learningRate = "learning-rate"
    case minimumLearningRate = "minimum-learning-rate"
    case weightDecay = "weight-decay"
    case validationInterval = "validation-interval"
    case validationBatches = "validation-batches"
    case saveEvery = "save-every"
    case saveSeconds = "save-seconds"
    // What it says meanwhile.
    case prompt, temperature
    case sampleEvery = "sample-every"
    case sampleTokens = "sample-tokens"
    // Stages.
    case project, threads, name, model, tokenizer, stride, contact, out, checkpoints
    case vocabulary
    case minimumFrequency = "minimum-frequency"
    case validationShare = "validation-share"
    // Plans.
    case machines, gigaflops, efficiency, memory, steps, tokens
}

extension Setting: CustomStringConvertible {
    /// The setting's name in words: "learning rate".
    public var description: String { rawValue.replacing("-", with: " ") }
}
