import MiniGPT

/// Everything that is chosen for a training: the size of the model, how it learns, how often it is
/// tested, heard and saved.
///
/// `RecipeKey` has the names that a file of settings gives them.
public struct Recipe: Sendable, Codable, Equatable {
    /// How many transformer blocks the model has.
    public var layers = 4
    /// Attention heads in each block.
    public var heads = 4
    /// The length of the vector of one position.
    public var width = 128
    /// Tokens the model can look back on.
    public var context = 64
    /// The share dropped while training.
    public var dropout: Float = 0

    /// How many steps the training makes.
    public var iterations = 2_000
    /// How many examples a batch has.
    public var batch = 12
    /// Batches whose gradients are averaged for one step.
    public var gradientAccumulation = 1
    /// Whether only the inputs of the blocks are kept for the gradients.
    public var recomputeBlocks = false

    /// The learning rate after the warm-up.
    public var learningRate: Float = 1e-3
    /// The learning rate at the end.
    public var minimumLearningRate: Float = 1e-4
    /// Steps over which the learning rate rises.
    public var warmup = 100
    /// AdamW's weight decay λ: how fast weights shrink.
    public var weightDecay: Float = 0.1
    /// AdamW's β₁, the decay of the average of gradients.
    public var beta1: Float = 0.9
    /// AdamW's β₂, the decay of the average of squared gradients.
    public var beta2: Float = 0.99
    /// Gradients longer than this are shortened to it; 0 for never.
    public var clip: Float = 1

    /// Test after so many steps, and at the end; 0 for never.
    public var validationInterval = 250
    /// How many batches a validation reads; 0 for the whole validation text.
    public var validationBatches = 0

    /// Let the model speak after so many steps, and at the end; 0 for never.
    public var sampleEvery = 250
    /// How many tokens it may say.
    public var sampleTokens = 200
    /// The text that samples continue.
    public var prompt = ""
    /// Below 1 makes likely tokens likelier; 0 takes the likeliest.
    public var temperature: Float = 0.8

    /// Save after so many steps; 0 for never.
    public var saveEvery = 250
    /// Save after so many seconds; 0 for never.
    public var saveSeconds = 60.0
    /// How many checkpoints to keep, besides the best.
    public var keep = 2

    /// Decides the first weights, the batches, what dropout drops, and the samples.
    public var seed: UInt64 = 1337

    /// nanoGPT's recipe for a CPU.
    public init() {}

    /// The model for a vocabulary.
    public func configuration(vocabularySize: Int) -> GPT.Configuration {
        GPT.Configuration(
            vocabularySize: vocabularySize, contextLength: context, layers: layers, heads: heads,
            width: width, dropout: dropout)
    }

    /// The optimizer before its first step.
    public var optimizer: AdamW {
        AdamW(
            learningRate: .cosine(
                peak: learningRate, warmup: warmup, total: iterations, floor: minimumLearningRate),
            betas: (Double(beta1), Double(beta2)), weightDecay: weightDecay)
    }

    /// The trainer's options for this recipe.
    public var trainerOptions: Trainer.Options {
        var options = Trainer.Options()
        options.steps = iterations
        options.batchSize = batch
        options.gradientAccumulation = gradientAccumulation
        options.clipNorm = clip > 0 ? clip : nil
        options.validationInterval = validationInterval
        options.validationBatches = validationBatches > 0 ? validationBatches : nil
        options.recomputesBlocks = recomputeBlocks
        options.seed = seed
        return options
    }

    /// Tokens that one step learns from.
    public var tokensPerStep: Int { batch * gradientAccumulation * context }
}

// MARK: - Checking

extension Recipe {
    /// Checks that all settings are in their ranges.
    ///
    /// - Throws: `PipelineError` with the setting, its value and what it must be.
    public func check() throws(PipelineError) {
        let many = 1 << 24
        try require(.iterations, iterations, iterations >= 1, "at least 1")
        try require(.batch, batch, batch >= 1 && batch <= many, "from 1 to \(many)")
        try require(
            .gradientAccumulation, gradientAccumulation,
            gradientAccumulation >= 1 && gradientAccumulation <= 1 << 12, "from 1 to \(1 << 12)")
        try require(.warmup, warmup, warmup >= 0, "0 or above")
        try require(
            .validationInterval, validationInterval, validationInterval >= 0, "0 (never) or above"
        )
        try require(
            .validationBatches, validationBatches, validationBatches >= 0, "0 (all) or above")
        try require(.sampleEvery, sampleEvery, sampleEvery >= 0, "0 (never) or above")
        try require(.sampleTokens, sampleTokens, sampleTokens >= 0, "0 or above")
        try require(.saveEvery, saveEvery, saveEvery >= 0, "0 (never) or above")
        try require(
            .saveSeconds, saveSeconds, saveSeconds >= 0 && saveSeconds.isFinite,
            "a finite number, 0 (never) or above")
        try require(.keep, keep, keep >= 1, "at least 1")
        try checkRates()
        try describing { () throws(GPT.ConfigurationError) in
            try configuration(vocabularySize: 1).validate()
        }
    }

    private func checkRates() throws(PipelineError) {
        try require(
            .learningRate, learningRate, learningRate > 0 && learningRate.isFinite,
            "a finite number above 0")
        try require(
            .minimumLearningRate, minimumLearningRate,
            minimumLearningRate >= 0 && minimumLearningRate <= learningRate,
            "from 0 to the learning rate, \(learningRate)")
        try require(
            .weightDecay, weightDecay, weightDecay >= 0 && weightDecay.isFinite,
            "a finite number, 0 or above")
        for (setting, beta) in [(Setting.beta1, beta1), (.beta2, beta2)] {
            try require(setting, beta, beta >= 0 && beta < 1, "at least 0 and below 1")
        }
        try require(.clip, clip, clip >= 0 && clip.isFinite, "a finite number, 0 (never) or above")
        try require(
            .temperature, temperature, temperature >= 0 && temperature.isFinite,
            "a finite number, 0 or above")
    }

    private func require(
        _ setting: Setting, _ value: some CustomStringConvertible, _ holds: Bool, _ allowed: String
    ) throws(PipelineError) {
        guard holds else {
            throw PipelineError(setting, "is \(value), but must be \(allowed).")
        }
    }
}
