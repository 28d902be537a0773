import Testing

@testable import MiniTensor

@Suite struct CrossEntropyOperationTests {
    private func composed(
        _ logits: Tensor, _ targets: TokenBatch, ignoring: Int32?, _ reduction: Reduction
    ) -> Tensor {
        let counts = targets.tokens.map { Float($0 == ignoring ? 0 : 1) }
        let places = zip(targets.tokens, counts).map { $1 == 0 ? 0 : $0 }
        let rows = logits.reshaped(targets.tokens.count, logits.dim(-1))
        let taken = logSoftmax(rows).takeAlong(IntTensor(places, shape: [places.count, 1]))
        let sum = -(taken * Tensor(counts, shape: [counts.count, 1])).sum()
        let total = counts.reduce(0, +)
        return reduction == .sum ? sum : total == 0 ? sum * 0 : sum / total
    }

    private func targets(_ batch: Int, _ time: Int, below vocabulary: Int, ignored: Int32?)
        -> TokenBatch
    {
        var generator = SplitMix64(seed: 84)
        return TokenBatch(
            (0..<(batch * time)).map { index in
                if let ignored, index.isMultiple(of: 3) { return ignored }
                return Int32.random(in: 0..<Int32(vocabulary), using: &generator)
            }, batch: batch, time: time)
    }

    @Test(arguments: [(1, 1, 1), (2, 3, 5), (4, 25, 33), (3, 7, 1_201)], [Reduction.mean, .sum])
    func crossEntropyIsTheLogarithmOfSoftmax(size: (Int, Int, Int), reduction: Reduction) {
        let (batch, time, vocabulary) = size
        for ignored in [nil, -1, -100, 0] as [Int32?] {
            let targets = targets(batch, time, below: vocabulary, ignored: ignored)
            #expect(
                difference(
                    random([batch, time, vocabulary]), tolerance: 1e-5,
                    fused: {
                        crossEntropy(
                            logits: $0[0], targets: targets, ignoring: ignored, reduction: reduction
                        )
                    },
                    composed: { composed($0[0], targets, ignoring: ignored, reduction) }) == nil)
        }
    }

    @Test(arguments: [(1, 1, 1), (2, 3, 5), (4, 25, 33), (4, 40, 301)], [Reduction.mean, .sum])
    func theFusedProjectionGivesTheSameLoss(size: (Int, Int, Int), reduction: Reduction) {
        let (batch, time, vocabulary) = size
        for ignored in [nil, -1, 0] as [Int32?] {
            let targets = targets(batch, time, below: vocabulary, ignored: ignored)
            #expect(
                difference(
                    random([batch, time, 24], [vocabulary, 24]), tolerance: 3e-5,
                    fused: {
                        // Twice, so that the gradient of the loss is not 1.
                        2
                            * linearCrossEntropy(
                                $0[0], weight: $0[1], targets: targets, ignoring: ignored,
                                reduction: reduction)
                    },
                    composed: {
                        2
                            * composed(
                                matmul($0[0], $0[1].T), targets, ignoring: ignored, reduction)
                    }) == nil)
        }
    }

    @Test(arguments: [1, 64, 149, 150, 1_000])
    func piecesOfPositionsAddUp(positionsAtOnce: Int) {
        let (positions, vocabulary) = (150, 1_000)
        var generator = SplitMix64(seed: 85)
        let x = Plain.random([1, positions, 2], using: &generator).tensor
        let weight = Plain.random([vocabulary, 2], using: &generator).tensor
        let targets = targets(1, positions, below: vocabulary, ignored: -1)
        let (loss, gradients) = valueAndGradients(at: [x, weight]) {
            linearCrossEntropy(
                $0[0], weight: $0[1], targets: targets, positionsAtOnce: positionsAtOnce)
        }
        let (expected, expectedGradients) = valueAndGradients(at: [x, weight]) {
            crossEntropy(logits: linear($0[0], weight: $0[1]), targets: targets)
        }
        #expect(mismatch(loss, expected, tolerance: 1e-5) == nil)
        #expect(mismatch(gradients[0], expectedGradients[0], tolerance: 1e-5) == nil)
        #expect(mismatch(gradients[1], expectedGradients[1], tolerance: 1e-5) == nil)
    }

    /// All at once, and 256 or 512 at a time, of numbers of positions that leave much, little, one and
    /// nothing for a last piece; with logits by position and, for a large vocabulary, by token.
    @Test(arguments: [600, 513, 520, 570, 512, 1], [300, 20_000])
    func anyMultipleOf256GivesTheSameBits(positions: Int, vocabulary: Int) {
        var generator = SplitMix64(seed: 86)
        let x = Plain.random([1, positions, 40], using: &generator).tensor
        let weight = Plain.random([vocabulary, 40], using: &generator).tensor
        let targets = targets(1, positions, below: vocabulary, ignored: -1)
        let results = [256, nil, 512, 768].map { positionsAtOnce in
            valueAndGradients(at: [x, weight]) {
                linearCrossEntropy(
                    $0[0], weight: $0[1], targets: targets, positionsAtOnce: positionsAtOnce)
            }
        }
        for result in results.dropFirst() {
            #expect(mismatch(result.0, results[0].0) == nil)
            for (gradient, expected) in zip(result.1, results[0].1) {
                #expect(mismatch(gradient, expected) == nil)
            }
        }
    }

    /// The vocabulary decides how the loss is computed, not what it is.
    @Test(arguments: [100, 1 << 14])
    func anIgnoredPositionMayHaveInfiniteLogits(vocabulary: Int) {
        var values = [Float](repeating: 0.5, count: 2 * vocabulary)
        values[11] = 1e10
        let weight = Tensor(values, shape: [vocabulary, 2])
        let x = Tensor([1, 1e-9, 3, 1e30, -1e30, -1e30], shape: [1, 3, 2])
        let targets: TokenBatch = [[3, -1, -1]]
        let (loss, gradients) = valueAndGradients(at: [x, weight]) {
            linearCrossEntropy($0[0], weight: $0[1], targets: targets)
        }
        let (expected, expectedGradients) = valueAndGradients(at: [x[0..., ..<1], weight]) {
            linearCrossEntropy($0[0], weight: $0[1], targets: [[3]])
        }
        #expect(loss.item().isFinite && mismatch(loss, expected, tolerance: 1e-6) == nil)
        // A sum over the vocabulary that comes to 0.
        #expect(
            mismatch(gradients[0][0..., ..<1], expectedGradients[0], tolerance: 1e-4) == nil)
        #expect(gradients[0][0, 1...].scalars == [0, 0, 0, 0])
        #expect(mismatch(gradients[1], expectedGradients[1], tolerance: 1e-6) == nil)
    }

    /// From this size on the logits lie token by token.
    @Test(arguments: [Reduction.mean, .sum], [nil, -1, 0] as [Int32?])
    func aLargeVocabularyGivesTheSameLoss(reduction: Reduction, ignored: Int32?) {
        let vocabulary = (1 << 14) + 37
        let targets = targets(1, 21, below: vocabulary, ignored: ignored)
        #expect(
            difference(
                random([1, 21, 12], [vocabulary, 12]), tolerance: 3e-5,
                fused: {
                    2
                        * linearCrossEntropy(
                            $0[0], weight: $0[1], targets: targets, ignoring: ignored,
                            reduction: reduction)
                },
                composed: {
                    2 * composed(matmul($0[0], $0[1].T), targets, ignoring: ignored, reduction)
                }) == nil)
        // Without gradients.
        var generator = SplitMix64(seed: 87)
        let x = Plain.random([1, 21, 12], using: &generator).tensor
        let weight = Plain.random([vocabulary, 12], using: &generator).tensor
        #expect(
            mismatch(
                linearCrossEntropy(
                    x, weight: weight, targets: targets, ignoring: ignored, reduction: reduction),
                composed(matmul(x, weight.T), targets, ignoring: ignored, reduction),
                tolerance: 1e-5) == nil)
    }

    /// Logits far from 0, of which a whole block of tokens is nothing beside another.
    @Test func aLargeVocabularyKeepsItsDigitsFarFromZero() {
        let vocabulary = 1 << 14
        var values = [Float](repeating: -300, count: vocabulary)
        (values[3], values[9_000], values[9_001]) = (400, 401, -.infinity)
        let weight = Tensor(values, shape: [vocabulary, 1])
        let (loss, gradients) = valueAndGradients(at: [Tensor.ones([1, 1, 1]), weight]) {
            linearCrossEntropy($0[0], weight: $0[1], targets: [[3]])
        }
        #expect(Swift.abs(loss.item() - 1.3132617) < 1e-6)
        let slope = gradients[1].scalars
        #expect(Swift.abs(slope[3] + 0.7310586) < 1e-6)
        #expect(Swift.abs(slope[9_000] - 0.7310586) < 1e-6)
        #expect(slope.indices.allSatisfy { [3, 9_000].contains($0) || slope[$0] == 0 })
    }

    @Test func noPositionThatCountsGivesZero() {
        let targets: TokenBatch = [[-1, -1]]
        let logits = Tensor.ones([1, 2, 4])
        let (loss, slope) = valueAndGradient(at: logits) {
            crossEntropy(logits: $0, targets: targets)
        }
        #expect(loss.item() == 0 && slope.scalars.allSatisfy { $0 == 0 })
        for (x, targets) in [
            (Tensor.ones([1, 2, 3]), targets), (Tensor.zeros([1, 0, 3]), TokenBatch([])),
        ] {
            poisonPool(count: 15)
            let (loss, gradients) = valueAndGradients(at: [x, Tensor.ones([5, 3])]) {
                linearCrossEntropy($0[0], weight: $0[1], targets: targets)
            }
            #expect(loss.item() == 0)
            #expect(gradients.allSatisfy { $0.scalars.allSatisfy { $0 == 0 } })
        }
    }

    @Test func theLossOfEqualLogitsIsTheLogarithmOfTheVocabulary() {
        let loss = crossEntropy(logits: Tensor.zeros([1, 3, 50]), targets: [[0, 17, 49]])
        #expect(Swift.abs(loss.item() - 3.912023) < 1e-5)
    }

    @Test func hugeLogitsDoNotOverflow() {
        let loss = crossEntropy(logits: [[[1e4, -1e4]]], targets: [[1]])
        #expect(loss.item() == 2e4)
    }
}
