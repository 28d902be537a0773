import Foundation

/// Speed and remaining time of a training.
struct TrainingProgress {
    private let first: Int
    private let total: Int
    private let tokensPerStep: Int
    private let operationsPerToken: Double
    private let peakGigaflops: Double?
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var excluded = Duration.zero
    private var step: Int
    /// The training time at the end of the last steps, for a speed that follows the present.
    private var recent: [Double] = []
    private static let window = 50

    init(
        first: Int, total: Int, tokensPerStep: Int, operationsPerToken: Double,
        peakGigaflops: Double?
    ) {
        (self.first, self.total, step) = (first, total, first)
        self.tokensPerStep = tokensPerStep
        self.operationsPerToken = operationsPerToken
        self.peakGigaflops = peakGigaflops
        start = clock.now
    }

    mutating func didStep() {
        step += 1
        recent.append(trainingTime)
        if recent.count > Self.window { recent.removeFirst() }
    }

    /// Runs something that is not training, such as a validation.
    mutating func excludingTime<Result>(_ body: () throws -> Result) rethrows -> Result {
        let begin = clock.now
        defer { excluded += clock.now - begin }
        return try body()
    }

    /// Seconds since the start.
    var elapsed: Double { (clock.now - start) / .seconds(1) }

    private var trainingTime: Double { (clock.now - start - excluded) / .seconds(1) }

    var overallTokensPerSecond: Double {
        trainingTime > 0 ? Double((step - first) * tokensPerStep) / trainingTime : 0
    }

    private var tokensPerSecond: Double {
        guard let oldest = recent.first, let newest = recent.last, newest > oldest else {
            return overallTokensPerSecond
        }
        return Double((recent.count - 1) * tokensPerStep) / (newest - oldest)
    }

    func report(loss: Float, learningRate: Float, gradientNorm: Float) -> StepReport {
        let speed = tokensPerSecond
        // Validations cost time too: the future is taken to have as many as the past.
        let overhead = trainingTime > 0 ? elapsed / trainingTime : 1
        let rest = Double(total - step) * Double(tokensPerStep)
        let remaining = speed > 0 ? rest / speed * overhead : 0
        return StepReport(
            step: step, totalSteps: total, loss: loss, learningRate: learningRate,
            gradientNorm: gradientNorm, tokensPerSecond: speed,
            shareOfPeak: peakGigaflops.map { speed * operationsPerToken / ($0 * 1e9) },
            elapsedSeconds: elapsed, remainingSeconds: remaining)
    }
}
