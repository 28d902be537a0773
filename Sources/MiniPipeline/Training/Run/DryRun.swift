import Foundation
import MiniGPT

/// What a training would be, without doing it.
public struct DryRun: Sendable, Codable {
    /// How many parameters the model has.
    public let parameters: Int
    /// Bytes that the training needs at least.
    public let memoryBytes: Int
    /// Tokens that one step reads.
    public let tokensPerStep: Int
    /// Floating-point operations of one step.
    public let operationsPerStep: Double
    /// Floating-point operations of all steps.
    public let operations: Double
    /// What matrix products reach on this machine.
    public let peakGigaflops: Double
    /// Seconds of one step: measured if steps are short, else as a training usually goes here.
    public let secondsPerStep: Double
    /// Whether `secondsPerStep` was measured, by making a few steps.
    public let isMeasured: Bool
    /// Seconds of all steps, without tests and samples.
    public let seconds: Double
    /// Whether the machine has the memory.
    public let fits: Bool
    /// The files that the training would write.
    public let files: [String]

    /// The share of the machine's speed that trainings reach where nothing was measured.
    private static let usualShare = 0.7
    /// Steps that take longer are not tried.
    private static let patience = 3.0

    /// - Parameters:
    ///   - vocabularySize: of the tokenizer.
    ///   - folder: where the run would be.
    init(_ recipe: Recipe, vocabularySize: Int, folder: String) throws(PipelineError) {
        let configuration = recipe.configuration(vocabularySize: vocabularySize)
        try describing { () throws(GPT.ConfigurationError) in try configuration.validate() }
        // Sizes that are possible one by one can be too large for any integer together.
        memoryBytes = (try? recipe.memory(of: configuration))?.least ?? .max
        fits = UInt64(memoryBytes) <= ProcessInfo.processInfo.physicalMemory
        parameters = (try? ParameterCounts(configuration))?.total ?? .max
        tokensPerStep = recipe.tokensPerStep
        operationsPerStep = configuration.trainingOperationsPerToken * Double(tokensPerStep)
        operations = operationsPerStep * Double(recipe.iterations)
        peakGigaflops = Compute.measurePeak()
        let expected = operationsPerStep / (peakGigaflops * 1e9 * Self.usualShare)
        isMeasured = fits && expected < Self.patience
        secondsPerStep = isMeasured ? Self.measure(configuration, recipe) : expected
        seconds = secondsPerStep * Double(recipe.iterations)
        files = (TrainingRequest.files + ["checkpoints/", "events.out.tfevents.*"])
            .map { "\(folder)/\($0)" }
    }

    /// The shortest of some steps on tokens that mean nothing.
    private static func measure(_ configuration: GPT.Configuration, _ recipe: Recipe) -> Double {
        var generator = SplitMix64(seed: recipe.seed)
        var model = GPT(configuration, using: &generator)
        var optimizer = recipe.optimizer
        let tokens = (0..<(4 * (recipe.context + 1))).map { _ in
            Int32.random(in: 0..<Int32(configuration.vocabularySize), using: &generator)
        }
        var options = recipe.trainerOptions
        options.steps = 4
        let trainer = Trainer(
            training: TokenDataset(tokens, contextLength: recipe.context), options: options)
        let clock = ContinuousClock()
        var (last, best) = (clock.now, Double.infinity)
        // Nothing can fail: the numbers stay finite for four steps of warm-up, and if not, the time
        // so far is the answer.
        _ = try? trainer.run(&model, &optimizer) { event in
            guard case .step = event else { return }
            best = min(best, (clock.now - last) / .seconds(1))
            last = clock.now
        }
        return best.isFinite ? best : 0
    }

    /// The figures as lines for people.
    public var text: String {
        let how = isMeasured ? "measured" : "at \(Int(100 * Self.usualShare)) % of the peak"
        let memory = fits ? "" : ", more than this machine has"
        return """
            parameters         \(NumberText.count(parameters))
            memory             at least \(NumberText.bytes(memoryBytes))\(memory)
            tokens per step    \(NumberText.count(tokensPerStep))
            work per step      \(NumberText.operations(operationsPerStep))
            work in all        \(NumberText.operations(operations))
            this machine       \(Int(peakGigaflops)) GFLOP/s in matrix products
            time per step      \(String(format: "%.3g s", secondsPerStep)) (\(how))
            time in all        \(Self.time(seconds)), without tests and samples
            would write        \(files.joined(separator: "\n                   "))
            """
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 172_800
            ? NumberText.time(seconds) : NumberText.duration(seconds)
    }
}

extension Project {
    /// What a training would be. Writes nothing.
    ///
    /// - Parameter vocabularySize: where there is no tokenizer yet; else the tokenizer's is taken.
    /// - Throws: `PipelineError` if the recipe cannot be used.
    public func dryRun(
        _ request: TrainingRequest, vocabularySize: Int
    ) throws(PipelineError) -> DryRun {
        try request.check()
        var size = vocabularySize
        if FileManager.default.fileExists(atPath: tokenizer.path) {
            size = try readTokenizer().1.vocabularySize
        }
        return try DryRun(
            request.recipe, vocabularySize: size, folder: relativePath(run(request.name)))
    }
}
