import MiniTensor

/// How a `Trainer` trains: steps, batches, clipping, validation, seed.
public struct TrainingOptions: Sendable, Codable, Equatable {
    /// How many steps to make.
    public var steps = 2_000
    /// Examples in a batch.
    public var batchSize = 12
    /// Batches whose gradients are averaged for one step.
    public var gradientAccumulation = 1
    /// Gradients longer than this are shortened to it; `nil` for never.
    public var clipNorm: Float? = 1
    /// Test after so many steps, and at the end; 0 for never.
    public var validationInterval = 250
    /// Batches of a test; `nil` for the whole validation text.
    public var validationBatches: Int?
    /// Keep only the inputs of the blocks for the gradients: less memory, slower steps.
    public var recomputesBlocks = false
    /// Decides which examples come when, and what dropout drops.
    public var seed: UInt64 = 1337

    /// nanoGPT's recipe for a CPU.
    public init() {}

    /// The generator from which a step, counted from 0, draws its examples and its dropout.
    package static func generator(seed: UInt64, step: Int) -> SplitMix64 {
        SplitMix64(seed: seed).split(UInt64(step))
    }
}
