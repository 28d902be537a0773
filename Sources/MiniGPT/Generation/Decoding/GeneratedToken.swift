import Foundation
import MiniNN
import MiniTensor

/// A token that was made, and what was known about it.
public struct GeneratedToken: Sendable, Equatable {
    /// A token and how likely the model took it to be.
    public struct Alternative: Sendable, Equatable {
        /// The token.
        public let token: Int32
        /// The natural logarithm of its probability, by the model alone: before the sampler.
        public let logProbability: Float
    }

    /// The token.
    public let token: Int32
    /// The bytes it stands for; not always whole characters.
    public let bytes: [UInt8]
    /// The natural logarithm of its probability, by the model alone: before the sampler, and before a
    /// grammar took tokens away.
    public let logProbability: Float
    /// The likeliest tokens, by the model alone.
    public let alternatives: [Alternative]
    /// What each stage of the sampler chain did, on request.
    public let stages: [StageReport]

    /// A token chosen from these logits.
    init(
        _ token: Int32, bytes: [UInt8], logits: [Float], alternatives count: Int,
        stages: [StageReport]
    ) {
        var candidates = Candidates(logits)
        let logSum = candidates.best.logit + Float(log(candidates.weights().total))
        candidates.sortFirst(count)
        self.token = token
        self.bytes = bytes
        self.stages = stages
        logProbability = logits[Int(token)] - logSum
        alternatives = candidates.entries.prefix(count).map {
            Alternative(token: $0.token, logProbability: $0.logit - logSum)
        }
    }
}
