import MiniGPT

/// Training a GPT on random tokens: whole steps as a trainer makes them.
public struct TrainingWork: Sendable {
    /// The model.
    public let configuration: GPT.Configuration
    /// Sequences in a step.
    public let batch: Int
    /// Whether the blocks are done again for the gradients, to save memory.
    public let recomputesBlocks: Bool

    /// Training of such a model.
    public init(_ configuration: GPT.Configuration, batch: Int, recomputesBlocks: Bool = false) {
        self.configuration = configuration
        self.batch = batch
        self.recomputesBlocks = recomputesBlocks
    }

    /// Tokens in a step.
    public var tokens: Int { batch * configuration.contextLength }

    /// Floating-point operations of a step, as `GPT.Configuration.trainingOperationsPerToken` counts
    /// them: 6 for every weight of a matrix and token, and attention over the whole context.
    public var operations: Double {
        Double(tokens) * configuration.trainingOperationsPerToken
    }

    /// Checks sizes that came from a user.
    public func validate() throws {
        try configuration.validate()
        let c = configuration
        try Limits.check("batch", batch, 1...1 << 20)
        try Limits.check("number of layers", c.layers, 1...1_024)
        try Limits.check("blocks' weights", shape: [c.layers, 12, c.width, c.width])
        try Limits.check("token embedding", shape: [c.vocabularySize, c.width])
        try Limits.check("position embedding", shape: [c.contextLength, c.width])
        try Limits.check("activations", shape: [batch, c.contextLength, 4, c.width])
    }
}

/// A model in training.
public struct TrainingState {
    /// What is being trained.
    public let work: TrainingWork
    /// The model as far as it is trained.
    public var model: GPT
    private var optimizer = AdamW(learningRate: 1e-3, betas: (0.9, 0.99), weightDecay: 0.1)
    private var generator = SplitMix64(seed: 1_337)

    /// A new model, always with the same parameters.
    public init(_ work: TrainingWork) {
        self.work = work
        var generator = SplitMix64(seed: 42)
        model = GPT(work.configuration, using: &generator)
        optimizer.prepare(for: model)
    }

    /// Seconds that the parts of a step took.
    public struct Phases: Sendable {
        /// Drawing the tokens.
        public var batch = 0.0
        /// The model and the loss.
        public var forward = 0.0
        /// The gradients.
        public var backward = 0.0
        /// Their norm and the optimizer.
        public var update = 0.0

        /// The whole step.
        public var total: Double { batch + forward + backward + update }
    }

    /// Makes one step: a random batch, forward, backward, clip to norm 1, AdamW.
    ///
    /// - Returns: the loss before the step.
    @discardableResult
    public mutating func step() -> Float {
        let (inputs, targets) = randomBatch()
        let (loss, gradients) = model.lossAndGradients(
            inputs, targets: targets, recomputingBlocks: work.recomputesBlocks)
        optimizer.update(&model, along: gradients.clipped(toNorm: 1))
        return loss
    }

    /// Makes one step as `step` does, but with the batch undivided, and says where its time went.
    public mutating func stepByPhases() -> Phases {
        let clock = ContinuousClock()
        let start = clock.now
        let (inputs, targets) = randomBatch()
        let drawn = clock.now
        var recorded = drawn
        let (_, gradients) = valueAndGradients(of: model) { [work] model in
            let loss = model.loss(
                inputs, targets: targets, recomputingBlocks: work.recomputesBlocks)
            recorded = clock.now
            return loss
        }
        let derived = clock.now
        optimizer.update(&model, along: gradients.clipped(toNorm: 1))
        let end = clock.now
        return Phases(
            batch: (drawn - start) / .seconds(1), forward: (recorded - drawn) / .seconds(1),
            backward: (derived - recorded) / .seconds(1), update: (end - derived) / .seconds(1))
    }

    /// Inputs and the tokens after them, from sequences one longer than the context.
    private mutating func randomBatch() -> (inputs: TokenBatch, targets: TokenBatch) {
        let time = work.configuration.contextLength
        let vocabulary = Int32(work.configuration.vocabularySize)
        var (inputs, targets): ([Int32], [Int32]) = ([], [])
        inputs.reserveCapacity(work.tokens)
        targets.reserveCapacity(work.tokens)
        for _ in 0..<work.batch {
            var token = Int32.random(in: 0..<vocabulary, using: &generator)
            for _ in 0..<time {
                inputs.append(token)
                token = Int32.random(in: 0..<vocabulary, using: &generator)
                targets.append(token)
            }
        }
        return (
            TokenBatch(inputs, batch: work.batch, time: time),
            TokenBatch(targets, batch: work.batch, time: time)
        )
    }
}

/// Models of known size, with the batch they are measured with.
public enum ModelPreset: String, CaseIterable, Sendable {
    /// The course's model, 6.05 million parameters, batch 32.
    case course
    /// nanoGPT's character model for a CPU, 0.81 million parameters, batch 12.
    case character
    /// GPT-2 with its whole context of 1,024, batch 1.
    case gpt2Long = "gpt2-1024"
    /// GPT-2 with a context of 256, batch 4.
    case gpt2Short = "gpt2-256"
    /// About 50,000 parameters, batch 4: where the work around the arithmetic shows.
    case small

    /// The training it stands for.
    public var work: TrainingWork {
        switch self {
        case .course: TrainingWork(.course, batch: 32)
        case .character: TrainingWork(.shakespeareCharacters(vocabularySize: 65), batch: 12)
        case .gpt2Long: TrainingWork(.gpt2, batch: 1)
        case .gpt2Short:
            TrainingWork(
                GPT.Configuration(
                    vocabularySize: 50_257, contextLength: 256, layers: 12, heads: 12, width: 768),
                batch: 4)
        case .small:
            TrainingWork(
                GPT.Configuration(
                    vocabularySize: 65, contextLength: 32, layers: 4, heads: 4, width: 32),
                batch: 4)
        }
    }
}
