import Testing

@testable import MiniTensor

/// What is wrong with a fused operation against its composition of small ones: the value, and the
/// gradients of all inputs, in several layouts.
private func difference(
    _ inputs: [Plain], tolerance: Double = 2e-5, fused: ([Tensor]) -> Tensor,
    composed: ([Tensor]) -> Tensor
) -> String? {
    var generator = SplitMix64(seed: 81)
    for shift in Arrangement.general.indices {
        let tensors = inputs.enumerated().map { position, input in
            Arrangement.general[(shift + position) % Arrangement.general.count].tensor(input)
        }
        let weights = Plain.random(composed(tensors).shape, using: &generator).tensor
        let (value, gradients) = valueAndGradients(at: tensors) { (fused($0) * weights).sum() }
        let (expected, expectedGradients) = valueAndGradients(at: tensors) {
            (composed($0) * weights).sum()
        }
        let scale = weights.count == 0 ? 1 : Double(max(1, MiniTensor.abs(weights).sum().item()))
        let complaint =
            mismatch(fused(tensors), composed(tensors), tolerance: tolerance)
            ?? mismatch(value, expected, tolerance: tolerance * scale)
        if let complaint { return "layouts \(shift): \(complaint)" }
        for (index, (gradient, expected)) in zip(gradients, expectedGradients).enumerated() {
            if let complaint = mismatch(gradient, expected, tolerance: 4 * tolerance) {
                return "layouts \(shift), gradient \(index): \(complaint)"
            }
        }
    }
    return nil
}

private func random(_ shapes: [Int]...) -> [Plain] {
    var generator = SplitMix64(seed: 82)
    return shapes.map { .random($0, using: &generator) }
}

@Suite struct LinearOperationTests {
    private static let shapes: [([Int], Int)] = [
        ([3], 5), ([2, 3], 1), ([1, 1], 1), ([2, 0], 3), ([0, 4], 3), ([3, 4], 0), ([2, 5, 7], 9),
        ([4, 33, 16], 48), ([300, 70], 90),
    ]

    private func activated(_ x: Tensor, _ activation: Activation) -> Tensor {
        switch activation {
        case .none: x
        case .gelu: gelu(x)
        case .geluApproximate: geluApproximate(x)
        }
    }

    @Test(arguments: shapes, Activation.allCases)
    func linearIsAProductABiasAndAnActivation(shape: ([Int], Int), activation: Activation) {
        let (x, outputs) = shape
        let inputs = random(x, [outputs, x[x.count - 1]], [outputs])
        poisonPool(count: x.dropLast().reduce(outputs, *))
        #expect(
            difference(
                inputs,
                fused: { linear($0[0], weight: $0[1], bias: $0[2], activation: activation) },
                composed: { activated(matmul($0[0], $0[1].T) + $0[2], activation) }) == nil)
        #expect(
            difference(
                Array(inputs.prefix(2)),
                fused: { linear($0[0], weight: $0[1], activation: activation) },
                composed: { activated(matmul($0[0], $0[1].T), activation) }) == nil)
    }

    @Test(arguments: shapes)
    func theResidualIsAdded(x: [Int], outputs: Int) {
        let inputs = random(x, [outputs, x[x.count - 1]], [outputs], x.dropLast() + [outputs])
        #expect(
            difference(
                inputs, fused: { linear($0[0], weight: $0[1], bias: $0[2], addingTo: $0[3]) },
                composed: { $0[3] + matmul($0[0], $0[1].T) + $0[2] }) == nil)
        #expect(
            difference(
                [inputs[0], inputs[1], inputs[3]],
                fused: { linear($0[0], weight: $0[1], bias: nil, addingTo: $0[2]) },
                composed: { $0[2] + matmul($0[0], $0[1].T) }) == nil)
    }

    @Test func columnSumsAreAddedToWhatIsThere() {
        let x = random([45, 300])[0]
        let sum = Tensor.ones([300])
        addColumnSums(of: x.tensor.copied().pointer, rows: 0, width: 300, to: sum.pointer)
        #expect(sum.scalars.allSatisfy { $0 == 1 })
        let source = x.tensor
        addColumnSums(of: source.pointer, rows: 45, width: 300, to: sum.pointer)
        withExtendedLifetime(source) {}
        let expected = x.reduced(axis: 0) { $0.reduce(1, +) }
        #expect(mismatch(sum, expected, tolerance: 1e-5) == nil)
    }
}

@Suite struct LayerNormOperationTests {
    private func composed(_ x: Tensor, _ eps: Float) -> Tensor {
        let centred = x - x.mean(axis: -1, keepDims: true)
        return centred / sqrt(x.variance(axis: -1, keepDims: true) + eps)
    }

    @Test(arguments: [[4], [3, 1], [2, 3, 17], [0, 5], [90, 260]])
    func layerNormIsItsFormula(shape: [Int]) {
        let width = shape[shape.count - 1]
        // In a row of one element everything is 0 over the root of eps: a large one keeps digits.
        let eps: Float = width == 1 ? 1 : 1e-5
        let inputs = random(shape, [width], [width])
        #expect(
            difference(
                inputs, tolerance: 5e-5,
                fused: { layerNorm($0[0], weight: $0[1], bias: $0[2], eps: eps) },
                composed: { composed($0[0], eps) * $0[1] + $0[2] }) == nil)
        #expect(
            difference(
                [inputs[0]], tolerance: 5e-5, fused: { layerNorm($0[0], eps: eps) },
                composed: { composed($0[0], eps) }) == nil)
        #expect(
            difference(
                [inputs[0], inputs[2]], tolerance: 5e-5,
                fused: { layerNorm($0[0], bias: $0[1], eps: eps) },
                composed: { composed($0[0], eps) + $0[1] }) == nil)
    }

    @Test func whatFlowsPastTheNormIsAdded() {
        let inputs = random([6, 33], [33])
        #expect(
            difference(
                inputs, tolerance: 5e-5, fused: { layerNorm($0[0], weight: $0[1]) * 0.5 + $0[0] },
                composed: { composed($0[0], 1e-5) * $0[1] * 0.5 + $0[0] }) == nil)
    }

    @Test func constantRowsBecomeZero() {
        let y = layerNorm(Tensor(repeating: 7, shape: [2, 24]))
        #expect(y.scalars.allSatisfy { Swift.abs($0) < 1e-3 })
    }
}

@Suite struct AttentionOperationTests {
    private static let lengths = [
        (1, 1), (5, 5), (3, 8), (8, 3), (33, 33), (70, 70), (64, 130), (130, 64), (300, 300),
        (200, 100),
    ]

    private func composed(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask
    ) -> Tensor {
        let (queries, keys) = (q.dim(2), k.dim(2))
        let scores = matmul(q, k.T) * scale
        guard mask == .causal else { return matmul(softmax(scores), v) }
        let isVisible = Plain(shape: [queries, keys]) {
            $0[1] <= $0[0] + keys - queries ? 1 : 0
        }
        let hidden = scores.filled(where: isVisible.tensor .== 0, with: -1e9)
        // A query that sees no key at all gives 0.
        let seesAny = isVisible.reduced(axis: 1, keepDims: true) { $0.max() ?? 0 }
        return matmul(softmax(hidden), v) * seesAny.tensor
    }

    @Test(arguments: lengths, [AttentionMask.none, .causal])
    func attentionIsSoftmaxOfProducts(lengths: (Int, Int), mask: AttentionMask) {
        let (time, keys) = lengths
        let heads = time > 100 ? 1 : 2
        let inputs = random(
            [2, heads, time, 5], [2, heads, keys, 5], [2, heads, keys, 5])
        poisonPool(count: 2 * heads * time * 5)
        #expect(
            difference(
                inputs,
                fused: {
                    scaledDotProductAttention(
                        queries: $0[0], keys: $0[1], values: $0[2], mask: mask)
                },
                composed: {
                    composed($0[0], $0[1], $0[2], scale: 1 / Float(5).squareRoot(), mask: mask)
                }) == nil)
    }

    @Test(arguments: [1, 4, 33, 70, 300], [AttentionMask.none, .causal])
    func selfAttentionReadsPackedHeads(time: Int, mask: AttentionMask) {
        let (heads, width) = (time > 100 ? 2 : 3, 4)
        #expect(
            difference(
                random([2, time, 3 * heads * width]),
                fused: { selfAttention($0[0], heads: heads, mask: mask) },
                composed: {
                    let parts = $0[0].split(parts: 3, axis: -1).map {
                        $0.reshaped(2, time, heads, width).transposed(0, 2, 1, 3)
                    }
                    return composed(parts[0], parts[1], parts[2], scale: 0.5, mask: mask)
                        .transposed(0, 2, 1, 3).reshaped(2, time, heads * width)
                }) == nil)
    }

    @Test func broadcastAndUnusualStridesAreRead() {
        var generator = SplitMix64(seed: 83)
        let shape = [2, 3, 4, 5]
        let inputs = (0..<3).map { _ in Plain.random(shape, using: &generator) }
        for first in Arrangement.allCases {
            for second in Arrangement.allCases {
                let (q, k, v) = (
                    first.tensor(inputs[0]), second.tensor(inputs[1]), first.tensor(inputs[2])
                )
                let y = scaledDotProductAttention(queries: q, keys: k, values: v, scale: 0.5)
                let expected = composed(q, k, v, scale: 0.5, mask: .none)
                #expect(mismatch(y, expected, tolerance: 1e-5) == nil, "\(first) \(second)")
            }
        }
        // Rows that a unit axis gave any stride, and heads whose axes are swapped.
        let q = Plain.random([2, 1, 3, 5], using: &generator).tensor.swappedAxes(1, 2)
        let (k, v) = (inputs[1].tensor, inputs[2].tensor)
        #expect(
            mismatch(
                scaledDotProductAttention(queries: q, keys: k, values: v, scale: 0.5),
                composed(q, k, v, scale: 0.5, mask: .none), tolerance: 1e-5) == nil)
    }

    @Test func theResultIsLaidOutForTheNextProjection() {
        let x = random([2, 3, 4, 5])[0].tensor
        let y = scaledDotProductAttention(queries: x, keys: x, values: x)
        #expect(y.swappedAxes(1, 2).isContiguous)
    }

    @Test func noKeysGiveZero() {
        poisonPool(count: 24)
        let y = scaledDotProductAttention(
            queries: Tensor.ones([1, 2, 3, 4]), keys: Tensor.zeros([1, 2, 0, 4]),
            values: Tensor.zeros([1, 2, 0, 4]))
        #expect(y.scalars == [Float](repeating: 0, count: 24))
    }

    @Test func noQueriesGiveZeroGradients() {
        poisonPool(count: 24)
        let (_, gradients) = valueAndGradients(
            at: [
                Tensor.zeros([1, 2, 0, 4]), Tensor.ones([1, 2, 3, 4]), Tensor.ones([1, 2, 3, 4]),
            ]
        ) { scaledDotProductAttention(queries: $0[0], keys: $0[1], values: $0[2]).sum() }
        #expect(gradients.map(\.shape) == [[1, 2, 0, 4], [1, 2, 3, 4], [1, 2, 3, 4]])
        #expect(gradients.allSatisfy { $0.scalars.allSatisfy { $0 == 0 } })
    }
}

@Suite struct CrossEntropyOperationTests {
    private func composed(
        _ logits: Tensor, _ targets: TokenBatch, ignoring: Int32?, _ reduction: Reduction
    ) -> Tensor {
        let counts = targets.tokens.map { Float($0 == ignoring ? 0 : 1) }
        let places = zip(targets.tokens, counts).map { $1 == 0 ? 0 : Float($0) }
        let rows = logits.reshaped(targets.tokens.count, logits.dim(-1))
        let taken = logSoftmax(rows).takeAlong(Tensor(places, shape: [places.count, 1]))
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

    /// 8 Mi logits are held at a time: this vocabulary makes three pieces of the positions.
    @Test func piecesOfPositionsAddUp() {
        let (positions, vocabulary) = (150, 131_072)
        var generator = SplitMix64(seed: 85)
        let x = Plain.random([1, positions, 2], using: &generator).tensor
        let weight = Plain.random([vocabulary, 2], using: &generator).tensor
        let targets = targets(1, positions, below: vocabulary, ignored: -1)
        let (loss, gradients) = valueAndGradients(at: [x, weight]) {
            linearCrossEntropy($0[0], weight: $0[1], targets: targets)
        }
        let (expected, expectedGradients) = valueAndGradients(at: [x, weight]) {
            crossEntropy(logits: linear($0[0], weight: $0[1]), targets: targets)
        }
        #expect(mismatch(loss, expected, tolerance: 1e-5) == nil)
        #expect(mismatch(gradients[0], expectedGradients[0], tolerance: 1e-5) == nil)
        #expect(mismatch(gradients[1], expectedGradients[1], tolerance: 1e-5) == nil)
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
