import Testing

@testable import MiniTensor

/// Attention with a bias, heads that share keys, and windows, against what it is made of.
@Suite struct AttentionBiasTests {
    private static let engines = [ProductEngine.own, .blas]
    private static let masks = [
        AttentionMask.none, .causal, .slidingWindow(1), .slidingWindow(30), .slidingWindow(500),
    ]

    /// softmax(scale·Q·Kᵀ + bias)·V with keys and values repeated for the heads that share them.
    private func composed(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, bias: Tensor?,
        p: Float = 0, seed: UInt64 = 0
    ) -> Tensor {
        let group = q.dim(1) / k.dim(1)
        let heads = (0..<q.dim(1)).map { $0 / group }
        let (k, v) = (k.take(heads, axis: 1), v.take(heads, axis: 1))
        var scores = matmul(q, k.T) * scale
        if let bias { scores = scores + bias }
        let (time, keys) = (scores.dim(-2), scores.dim(-1))
        let places = Tensor((keys - time)..<keys, shape: [time, 1])
        if mask != .none {
            scores = scores.filled(where: Tensor(0..<keys) .> places, with: -.infinity)
        }
        if case .slidingWindow(let length) = mask {
            let first = places - Float(length - 1)
            scores = scores.filled(where: Tensor(0..<keys) .< first, with: -.infinity)
        }
        return matmul(dropout(softmax(scores), p: p, seed: seed), v)
    }

    @Test(arguments: masks, engines)
    func sharedKeysAndWindowsAreTheComposedAttention(mask: AttentionMask, engine: ProductEngine) {
        Compute.$products.withValue(engine) {
            for (queries, keys) in [(3, 5), (70, 70), (20, 120), (150, 150)] {
                for tuning in [Tuning(), .small] {
                    Tuning.$current.withValue(tuning) {
                        let complaint = difference(
                            random([2, 4, queries, 8], [2, 2, keys, 8], [2, 2, keys, 8]),
                            fused: {
                                scaledDotProductAttention(
                                    queries: $0[0], keys: $0[1], values: $0[2], scale: 0.4,
                                    mask: mask, dropout: 0.2, seed: 4)
                            },
                            composed: {
                                composed(
                                    $0[0], $0[1], $0[2], scale: 0.4, mask: mask, bias: nil,
                                    p: 0.2, seed: 4)
                            })
                        #expect(complaint == nil, "\(queries) queries, \(keys) keys")
                    }
                }
            }
        }
    }

    @Test(
        arguments: [
            [2, 4, 20, 90], [1, 4, 20, 90], [4, 1, 90], [2, 1, 1, 90], [20, 90], [20, 1],
        ],
        engines)
    func aBiasIsAddedToScaledScores(shape: [Int], engine: ProductEngine) {
        Compute.$products.withValue(engine) {
            for mask in [AttentionMask.none, .causal, .slidingWindow(40)] {
                let complaint = difference(
                    random([2, 4, 20, 8], [2, 2, 90, 8], [2, 2, 90, 8], shape),
                    fused: {
                        scaledDotProductAttention(
                            queries: $0[0], keys: $0[1], values: $0[2], scale: -0.4, mask: mask,
                            bias: $0[3], dropout: 0.2, seed: 4)
                    },
                    composed: {
                        composed(
                            $0[0], $0[1], $0[2], scale: -0.4, mask: mask, bias: $0[3], p: 0.2,
                            seed: 4)
                    })
                #expect(complaint == nil, "\(mask)")
            }
        }
    }

    /// Keys that a bias hides from all queries are left out, of each head its own.
    @Test(arguments: engines)
    func keysThatAreHiddenFromAllAreLeftOut(engine: ProductEngine) {
        let shown = [90, 71, 1, 40, 88, 5, 64, 90]
        let visible = shown.flatMap { count in
            (0..<90).map { $0 < count && $0 != 3 ? 1 : 0 as Float }
        }
        let hidden = attentionBias(visible: Tensor(visible, shape: [2, 4, 1, 90]))
        Compute.$products.withValue(engine) {
            for mask in [AttentionMask.none, .causal] {
                for tuning in [Tuning(), .small] {
                    Tuning.$current.withValue(tuning) {
                        let complaint = difference(
                            random([2, 4, 60, 8], [2, 2, 90, 8], [2, 2, 90, 8], [2, 4, 1, 90]),
                            fused: {
                                scaledDotProductAttention(
                                    queries: $0[0], keys: $0[1], values: $0[2], mask: mask,
                                    bias: $0[3] + hidden, dropout: 0.2, seed: 4)
                            },
                            composed: {
                                composed(
                                    $0[0], $0[1], $0[2], scale: 1 / Float(8).squareRoot(),
                                    mask: mask, bias: $0[3] + hidden, p: 0.2, seed: 4)
                            })
                        #expect(complaint == nil, "\(mask)")
                    }
                }
            }
        }
    }

    @Test func packedHeadsThatShareKeysAreTheSameAttention() {
        let complaint = difference(
            random([2, 30, 8 * 4], [4, 30, 30]),
            fused: { selfAttention($0[0], heads: 4, keyValueHeads: 2, scale: 0.3, bias: $0[1]) },
            composed: { inputs in
                let heads = inputs[0].unflattened(axis: -1, shape: [8, 4]).swappedAxes(1, 2)
                return composed(
                    heads[.all, 0..<4], heads[.all, 4..<6], heads[.all, 6..<8], scale: 0.3,
                    mask: .causal, bias: inputs[1]
                ).swappedAxes(1, 2).flattened(start: 2)
            })
        #expect(complaint == nil)
    }

    /// Padding changes nothing of the other sequences, and what is hidden has no influence.
    @Test(arguments: [AttentionMask.none, .causal])
    func paddedSequencesAreEachAsAlone(mask: AttentionMask) {
        let parts = random([2, 2, 9, 4], [2, 2, 9, 4], [2, 2, 9, 4]).map(\.tensor)
        let (q, k, v) = (parts[0], parts[1], parts[2])
        let padding = attentionBias(lengths: [9, 5], keys: 9)
        let y = scaledDotProductAttention(
            queries: q, keys: k, values: v, mask: mask, bias: padding)
        let alone = scaledDotProductAttention(
            queries: q[1..<2, .all, 0..<5], keys: k[1..<2, .all, 0..<5],
            values: v[1..<2, .all, 0..<5], mask: mask)
        #expect(mismatch(y[1..<2, .all, 0..<5], alone, tolerance: 1e-6) == nil)
        let slope = gradient(at: v) {
            scaledDotProductAttention(queries: q, keys: k, values: $0, mask: mask, bias: padding)
                .sum()
        }
        #expect(slope[1, .all, 5..<9].scalars.allSatisfy { $0 == 0 })
        #expect(slope[0].scalars.contains { $0 != 0 })
    }

    /// A query from which all keys are hidden gets zeros, and no gradient becomes NaN.
    @Test func aQueryThatSeesNothingGetsZeros() {
        let x = random([2, 40, 24])[0].tensor
        let padding = attentionBias(lengths: [40, 0], keys: 40)
        let y = selfAttention(x, heads: 2, mask: .none, bias: padding)
        #expect(y[1].scalars.allSatisfy { $0 == 0 })
        #expect(y[0].scalars.allSatisfy { $0.isFinite && $0 != 0 })
        let slope = gradient(at: x) {
            square(selfAttention($0, heads: 2, mask: .none, bias: padding)).sum()
        }
        #expect(slope[1].scalars.allSatisfy { $0 == 0 })
        #expect(slope[0].scalars.allSatisfy { $0.isFinite })
    }

    /// The gradient of a shared bias is a sum over sequences in an order that threads do not change.
    @Test func theGradientOfASharedBiasIsTheSameBitsAtEverySplit() {
        let inputs = random([3, 4, 50, 8], [3, 2, 50, 8], [3, 2, 50, 8], [4, 50, 50]).map(\.tensor)
        let slopes = { () -> [[Float]] in
            valueAndGradients(at: inputs) {
                square(
                    scaledDotProductAttention(
                        queries: $0[0], keys: $0[1], values: $0[2], mask: .causal, bias: $0[3])
                ).sum()
            }.1.map(\.scalars)
        }
        let usual = slopes()
        let small = Tuning.$current.withValue(.small, operation: slopes)
        let alone = Compute.$threads.withValue(1, operation: slopes)
        for index in usual.indices {
            #expect(firstDifference(small[index], usual[index]) == nil)
            #expect(firstDifference(alone[index], usual[index]) == nil)
        }
    }
}
