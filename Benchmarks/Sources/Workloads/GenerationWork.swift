import Foundation
import MiniGPT

/// Reading a prompt and making tokens after it, with one model.
public struct GenerationWork: Sendable {
    /// The packed weights.
    public let model: InferenceModel
    /// Tokens of the prompt.
    public let prompt: Int
    /// Tokens made after it.
    public let tokens: Int

    /// Work on a model.
    public init(_ model: InferenceModel, prompt: Int, tokens: Int) {
        self.model = model
        self.prompt = prompt
        self.tokens = tokens
    }

    /// The prompt: the same numbers as in `Peers/generate.py`.
    private var promptTokens: [Int32] {
        let vocabulary = model.configuration.vocabularySize
        return (0..<prompt).map { Int32((7 * $0 + 1) % vocabulary) }
    }

    /// Measures it: the best time of the prompt, the median of a token, over several rounds after one
    /// that is not counted.
    public func measure(rounds: Int) -> GenerationReport {
        var prefill: [Double] = []
        var decode: [Double] = []
        var made: [Int32] = []
        var predictor = model.predictor()
        for round in 0...rounds {
            predictor.keepFirst(0)
            let time = Timing.secondsToRun { predictor.read(promptTokens) }
            var times: [Double] = []
            made.removeAll()
            for _ in 0..<tokens {
                let token = Self.largest(predictor.logits)
                made.append(token)
                times.append(Timing.secondsToRun { predictor.read(CollectionOfOne(token)) })
            }
            if round > 0 {
                prefill.append(time)
                decode += times
            }
        }
        let median = Timing(decode).median
        return GenerationReport(
            prefillTokensPerSecond: Double(prompt) / Timing(prefill).shortest,
            decodeTokensPerSecond: 1 / median, bytesPerToken: model.bytesPerToken,
            gigabytesPerSecond: Double(model.bytesPerToken) / median / 1e9,
            threads: Compute.threads, tokens: made)
    }

    /// Tokens a second of so many texts continued at once.
    public func measure(batch count: Int, rounds: Int) -> Double {
        var prompt = model.predictor()
        prompt.read(promptTokens)
        var batch = BatchPredictor((0..<count).map { _ in prompt })
        var times: [Double] = []
        for step in 0..<Swift.min(tokens, rounds * 32) {
            let next = batch.sequences.indices.map { [Int32((step + $0) % 97)] }
            let time = Timing.secondsToRun { batch.read(next) }
            if step > 4 { times.append(time) }
        }
        return Double(count) / Timing(times).median
    }

    private static func largest(_ logits: [Float]) -> Int32 {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        return Int32(best)
    }
}

/// What was measured of a generation.
public struct GenerationReport: Codable, Sendable {
    /// Tokens of the prompt read in a second.
    public let prefillTokensPerSecond: Double
    /// Tokens made in a second.
    public let decodeTokensPerSecond: Double
    /// The weights read for a token.
    public let bytesPerToken: Int
    /// How fast they were read.
    public let gigabytesPerSecond: Double
    /// Threads used.
    public let threads: Int
    /// The tokens of the last round: other programs with the same weights should make the same.
    public let tokens: [Int32]
}
