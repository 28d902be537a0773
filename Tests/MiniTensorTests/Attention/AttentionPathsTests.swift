import Testing

@testable import MiniTensor

/// Every way through attention, reached with small tensors by small thresholds, and dropout.
@Suite struct AttentionPathsTests {
    private static let masks = [AttentionMask.none, .causal]
    private static let engines = [ProductEngine.own, .blas]

    /// Values and gradients of queries, keys and values `[2, 3, 70, 8]` and `[2, 3, keys, 8]`.
    private func results(
        keys: Int = 70, _ attention: (Tensor, Tensor, Tensor) -> Tensor
    ) -> [Tensor] {
        let inputs = random([2, 3, 70, 8], [2, 3, keys, 8], [2, 3, keys, 8], [2, 3, 70, 8])
        let tensors = inputs.map(\.tensor)
        var value = Tensor.zeros([0])
        let (_, gradients) = valueAndGradients(at: Array(tensors[..<3])) {
            let y = attention($0[0], $0[1], $0[2])
            value = y.detached()
            return (y * tensors[3]).sum()
        }
        return [value] + gradients
    }

    /// Rows one at a time, as when the heads do not stay in the cache, and a head at a time on each thread.
    @Test(arguments: masks, engines)
    func rowsOneByOneAreTheSameBits(mask: AttentionMask, engine: ProductEngine) {
        Compute.$products.withValue(engine) {
            for keys in [70, 90] {
                let attention = { (q: Tensor, k: Tensor, v: Tensor) in
                    scaledDotProductAttention(
                        queries: q, keys: k, values: v, mask: mask, dropout: 0.25, seed: 5)
                }
                let usual = results(keys: keys, attention)
                let small = Tuning.$current.withValue(.small) { results(keys: keys, attention) }
                for (found, expected) in zip(small, usual) {
                    #expect(firstDifference(found.scalars, expected.scalars) == nil)
                }
            }
        }
    }

    /// Each head of eight alone is the same as all together, by the thresholds as they are.
    @Test(arguments: masks)
    func manyLargeHeadsAreEachAsAlone(mask: AttentionMask) {
        let inputs = random([1, 8, 256, 64], [1, 8, 256, 64], [1, 8, 256, 64]).map(\.tensor)
        let attention = { (inputs: [Tensor]) in
            scaledDotProductAttention(
                queries: inputs[0], keys: inputs[1], values: inputs[2], mask: mask)
        }
        let together = valueAndGradients(at: inputs) { square(attention($0)).sum() }.1
        let value = attention(inputs)
        for head in 0..<8 {
            let part = inputs.map { $0[.all, head..<(head + 1)].copied() }
            let alone = valueAndGradients(at: part) { square(attention($0)).sum() }.1
            let expected = attention(part).scalars
            #expect(firstDifference(value[.all, head..<(head + 1)].scalars, expected) == nil)
            for (all, one) in zip(together, alone) {
                #expect(
                    firstDifference(all[.all, head..<(head + 1)].scalars, one.scalars) == nil)
            }
        }
    }

    /// softmax(scale·Q·Kᵀ), dropped by `dropout` with the same seed, times V.
    private func composed(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, p: Float,
        seed: UInt64
    ) -> Tensor {
        var scores = matmul(q, k.T) * scale
        if mask == .causal {
            let (time, keys) = (scores.dim(-2), scores.dim(-1))
            let places = Tensor((keys - time)..<keys, shape: [time, 1])
            scores = scores.filled(where: Tensor(0..<keys) .> places, with: -.infinity)
        }
        return matmul(dropout(softmax(scores), p: p, seed: seed), v)
    }

    @Test(arguments: masks, engines)
    func droppedAttentionIsTheComposedOneWithTheSameMask(
        mask: AttentionMask, engine: ProductEngine
    ) {
        Compute.$products.withValue(engine) {
            for (queries, keys) in [(3, 5), (70, 70), (20, 90)] {
                let complaint = difference(
                    random([2, 3, queries, 8], [2, 3, keys, 8], [2, 3, keys, 8]),
                    fused: {
                        scaledDotProductAttention(
                            queries: $0[0], keys: $0[1], values: $0[2], scale: 0.4, mask: mask,
                            dropout: 0.3, seed: 11)
                    },
                    composed: {
                        composed($0[0], $0[1], $0[2], scale: 0.4, mask: mask, p: 0.3, seed: 11)
                    })
                #expect(complaint == nil, "\(queries) queries, \(keys) keys")
            }
        }
    }

    @Test func selfAttentionDropsTheSameWeights() {
        let complaint = difference(
            random([2, 50, 24]),
            fused: { selfAttention($0[0], heads: 2, mask: .causal, dropout: 0.5, seed: 3) },
            composed: { inputs in
                let parts = inputs[0].split(parts: 3, axis: -1).map {
                    $0.unflattened(axis: -1, shape: [2, 4]).swappedAxes(1, 2)
                }
                return composed(
                    parts[0], parts[1], parts[2], scale: 0.5, mask: .causal, p: 0.5, seed: 3
                ).swappedAxes(1, 2).flattened(start: 2)
            })
        #expect(complaint == nil)
    }

    @Test func dropoutOfAttentionDependsOnTheSeedAlone() {
        let x = random([1, 9, 12])[0].tensor
        func mixed(_ p: Float, _ seed: UInt64) -> [Float] {
            selfAttention(x, heads: 2, dropout: p, seed: seed).scalars
        }
        #expect(mixed(0.5, 1) == mixed(0.5, 1))
        #expect(mixed(0.5, 1) != mixed(0.5, 2))
        #expect(mixed(0, 1) == mixed(0, 2))
    }

    /// By thresholds that lead to the composed form with the opposite sign of the queries.
    @Test(arguments: masks)
    func aNegativeScaleTurnsTheOrderRound(mask: AttentionMask) {
        let complaint = difference(
            random([2, 3, 6, 4], [2, 3, 9, 4], [2, 3, 9, 4]),
            fused: {
                scaledDotProductAttention(
                    queries: $0[0], keys: $0[1], values: $0[2], scale: -0.7, mask: mask)
            },
            composed: {
                composed($0[0], $0[1], $0[2], scale: -0.7, mask: mask, p: 0, seed: 0)
            })
        #expect(complaint == nil)
    }
}
