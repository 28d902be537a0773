import Foundation
import MiniGPT

/// A small model of random weights. Biases and norms are moved away from 0 and 1, where mistakes
/// would not show.
func makeModel(
    vocabulary: Int = 61, context: Int = 40, layers: Int = 2, heads: Int = 2, width: Int = 64,
    tied: Bool = true, biased: Bool = true, activation: Activation = .geluApproximate
) -> GPT {
    var generator = SplitMix64(seed: 21)
    var model = GPT(
        .init(
            vocabularySize: vocabulary, contextLength: context, layers: layers, heads: heads,
            width: width, tiesEmbeddings: tied, usesBias: biased, activation: activation),
        using: &generator)
    model.mapParameters { _, value in
        value * 3 + Tensor.normal(value.shape, using: &generator) * 0.05
    }
    return model
}

/// Token ids without a pattern.
func makeTokens(_ count: Int, vocabulary: Int = 61, seed: UInt64 = 4) -> [Int32] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
}

/// The largest difference, relative to the largest number.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    let largest = expected.reduce(0) { max($0, $1.magnitude) }
    let error = zip(found, expected).reduce(Float(0)) { worst, pair in
        let difference = (pair.0 - pair.1).magnitude
        return difference.isNaN ? .infinity : max(worst, difference)
    }
    return error / largest
}
