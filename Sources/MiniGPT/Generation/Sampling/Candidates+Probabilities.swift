import Foundation
import MiniNN
import MiniTensor

extension Candidates {
    /// exp(logit − the largest logit), in the order of the entries.
    func weights() -> [Float] {
        let largest = best.logit
        let differences = entries.map { $0.logit - largest }
        // Vector instructions for a vocabulary; for the few of a top-k the call costs more.
        guard differences.count > 256 else { return differences.map { exp($0) } }
        return exp(Tensor(differences)).scalars
    }

    /// The probability of each entry, in their order: softmax of the logits.
    public func probabilities() -> [Float] {
        let weights = weights()
        let sum = weights.total
        return weights.map { Float(Double($0) / sum) }
    }

    /// −Σ p·ln p, in nats.
    public func entropy() -> Double {
        let weights = weights()
        let sum = weights.total
        return weights.reduce(0) { result, weight in
            guard weight > 0 else { return result }
            let p = Double(weight) / sum
            return result - p * log(p)
        }
    }

    /// Chooses one with its probability, and says which that was.
    ///
    /// One random number; none if there is no choice.
    public func draw(
        using generator: inout some RandomNumberGenerator
    ) -> (token: Int32, probability: Float) {
        guard entries.count > 1 else { return (entries[0].token, 1) }
        let weights = weights()
        let sum = weights.total
        // 53 bits: rare tokens of a large vocabulary must not fall between two steps.
        var remaining = Double(generator.next() >> 11) * 0x1p-53 * sum
        var last = 0
        for (index, weight) in weights.enumerated() where weight > 0 {
            last = index
            remaining -= Double(weight)
            if remaining < 0 { break }
        }
        return (entries[last].token, Float(Double(weights[last]) / sum))
    }
}

extension [Float] {
    /// The sum, in double precision.
    var total: Double { reduce(0) { $0 + Double($1) } }
}
