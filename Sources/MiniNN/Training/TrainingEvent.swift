/// What a `Trainer` tells while it works.
public enum TrainingEvent: Sendable {
    /// A step was made.
    case step(StepReport)
    /// The model was tested.
    case validation(ValidationReport)
    /// A checkpoint is being saved, is on the disk, or could not be written.
    case checkpoint(CheckpointEvent)
    /// The end, after the last step or a stop.
    case finished(TrainingSummary)
}

/// One step of training.
public struct StepReport: Sendable, Codable {
    /// Counted from 1.
    public let step: Int
    /// How many there will be.
    public let totalSteps: Int
    /// The mean loss of the batch, in nats per token.
    public let loss: Float
    /// The learning rate of the step.
    public let learningRate: Float
    /// The norm of the gradients before clipping.
    public let gradientNorm: Float
    /// Tokens trained on per second, over the last steps.
    public let tokensPerSecond: Double
    /// How much of the machine's measured matrix-product speed that is, 0 to 1.
    public let shareOfPeak: Double?
    /// Seconds since the start.
    public let elapsedSeconds: Double
    /// Seconds to the end at the present speed.
    public let remainingSeconds: Double
}

/// A test on text that is not trained on.
public struct ValidationReport: Sendable, Codable {
    /// The step after which it was made.
    public let step: Int
    /// Nats per token.
    public let loss: Float
    /// Over how many tokens.
    public let tokens: Int
    /// Whether it is the lowest so far.
    public let isBest: Bool
    /// Seconds since the start.
    public let elapsedSeconds: Double
}

/// How a training ended.
public struct TrainingSummary: Sendable, Codable {
    /// Steps made.
    public let steps: Int
    /// Whether it was stopped before the last step.
    public let wasStopped: Bool
    /// The loss of the last step.
    public let loss: Float?
    /// The last validation loss.
    public let validationLoss: Float?
    /// The lowest validation loss.
    public let bestValidationLoss: Float?
    /// Seconds it took.
    public let elapsedSeconds: Double
    /// Tokens trained on per second, validation not counted.
    public let tokensPerSecond: Double
}
