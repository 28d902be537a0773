import Testing

@testable import MiniTensor

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
        case .relu: relu(x)
        default: activation(x)
        }
    }

    @Test(arguments: shapes, Activation.named)
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
        var sum = Tensor.ones([300])
        x.tensor.reading { x in
            sum.writing { addColumnSums(of: x, rows: 0, width: 300, to: $0) }
        }
        #expect(sum.scalars.allSatisfy { $0 == 1 })
        x.tensor.reading { x in
            sum.writing { addColumnSums(of: x, rows: 45, width: 300, to: $0) }
        }
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
