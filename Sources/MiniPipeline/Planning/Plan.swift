import Foundation
import MiniGPT

/// What a training takes before it is begun: parameters, memory, operations, time.
public struct Plan: Sendable, Codable {
    /// The name of the model.
    public let name: String
    /// The sizes of the model.
    public let configuration: GPT.Configuration
    /// Sequences that each machine holds at once.
    public let batch: Int
    /// How many parameters the model has, part by part.
    public let parameters: ParameterCounts
    /// The memory of each machine.
    public let memory: Memory
    /// The floating-point operations of the training.
    public let work: Work
    /// How long the training takes.
    public let time: Time
    /// The machines that the plan is for.
    public let machine: PlanMachine
    /// Whether the training fits in the memory of the machines.
    public let verdict: PlanVerdict

    /// The memory of each machine, by what is done.
    public struct Memory: Sendable, Codable {
        /// To train, with all activations kept.
        public let training: TrainingMemory
        /// To train, with the blocks recomputed for their gradients.
        public let recomputingBlocks: TrainingMemory
        /// To talk to it, by format.
        public let inference: [InferenceMemory]
    }

    /// The arithmetic of a training.
    public struct Work: Sendable, Codable {
        /// Floating-point operations to train on a token: `GPT.Configuration.trainingOperationsPerToken`.
        public let trainingOperationsPerToken: Double
        /// To read or write a token: a third of that, without the gradients.
        public let inferenceOperationsPerToken: Double
        /// Tokens in a step, on all machines.
        public let tokensPerStep: Int
        /// How many steps the training makes.
        public let steps: Int
        /// How many tokens the training reads.
        public let tokens: Int
        /// 20 for each parameter: what Hoffmann et al. 2022 found to be best for a given number of
        /// operations.
        public let optimalTokens: Int
        /// Floating-point operations of the whole training.
        public let operations: Double
    }

    /// How long a training takes.
    public struct Time: Sendable, Codable {
        /// Tokens a second, on all machines.
        public let tokensPerSecond: Double
        /// Seconds of one step.
        public let secondsPerStep: Double
        /// Seconds of all steps.
        public let seconds: Double
    }

    /// Works a plan out.
    ///
    /// - Parameter batch: sequences that each machine holds at once.
    /// - Throws: `PipelineError` if a size is out of range or a number does not fit in 64 bits.
    public init(
        _ name: String, _ configuration: GPT.Configuration, batch: Int, length: PlanLength,
        on machine: PlanMachine
    ) throws(PipelineError) {
        try describing { () throws(GPT.ConfigurationError) in try configuration.validate() }
        try machine.validate()
        guard batch >= 1, batch <= 1 << 32 else {
            throw PipelineError(.batch, "is \(batch), but must be from 1 to \(1 << 32).")
        }
        self.name = name
        self.configuration = configuration
        self.batch = batch
        self.machine = machine
        parameters = try ParameterCounts(configuration)
        memory = try Memory(configuration, parameters, batch: batch)
        work = try Work(
            configuration, parameters: parameters.total, batch: batch, length: length,
            machines: machine.count)
        let rate = machine.operationsPerSecond / work.trainingOperationsPerToken
        time = Time(
            tokensPerSecond: rate, secondsPerStep: Double(work.tokensPerStep) / rate,
            seconds: Double(work.tokens) / rate)
        verdict = PlanVerdict(memory, machine)
    }

    /// The plan of a preset.
    public init(_ preset: PlanPreset, on machine: PlanMachine) throws(PipelineError) {
        try self.init(
            preset.rawValue, preset.configuration, batch: preset.batch, length: preset.length,
            on: machine)
    }
}

extension Plan.Memory {
    init(
        _ configuration: GPT.Configuration, _ parameters: ParameterCounts, batch: Int
    ) throws(PipelineError) {
        training = try TrainingMemory(
            configuration, parameters: parameters.total, batch: batch, recomputesBlocks: false)
        recomputingBlocks = try TrainingMemory(
            configuration, parameters: parameters.total, batch: batch, recomputesBlocks: true)
        var formats: [InferenceMemory] = []
        for format in NumberFormat.allCases {
            formats.append(
                try InferenceMemory(configuration, parameters: parameters, format: format))
        }
        inference = formats
    }

    /// The least memory to talk to the model.
    var smallestInference: InferenceMemory? { inference.min { $0.total < $1.total } }
}

extension Plan.Work {
    init(
        _ configuration: GPT.Configuration, parameters: Int, batch: Int, length: PlanLength,
        machines: Int
    ) throws(PipelineError) {
        let inStep =
            CheckedInteger(batch) * CheckedInteger(configuration.contextLength)
            * CheckedInteger(machines)
        tokensPerStep = try inStep.get("tokens in a step")
        optimalTokens = try (20 * CheckedInteger(parameters)).get("tokens")
        switch length {
        case .steps(let count):
            try Self.check(.steps, count)
            steps = count
            tokens = try (CheckedInteger(count) * inStep).get("tokens")
        case .tokens(let count):
            try Self.check(.tokens, count)
            tokens = count
            steps = Self.steps(count, tokensPerStep)
        case .optimal:
            tokens = optimalTokens
            steps = Self.steps(optimalTokens, tokensPerStep)
        }
        trainingOperationsPerToken = configuration.trainingOperationsPerToken
        inferenceOperationsPerToken = trainingOperationsPerToken / 3
        operations = Double(tokens) * trainingOperationsPerToken
    }

    private static func check(_ setting: Setting, _ count: Int) throws(PipelineError) {
        guard count >= 1 else {
            throw PipelineError(setting, "is \(count), but must be at least 1.")
        }
    }

    /// How many steps cover the tokens.
    private static func steps(_ tokens: Int, _ perStep: Int) -> Int {
        tokens / perStep + (tokens % perStep == 0 ? 0 : 1)
    }
}
