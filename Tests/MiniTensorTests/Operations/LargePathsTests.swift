import Testing

@testable import MiniTensor

/// Dropout and linear layers by the ways of large tensors.
@Suite struct LargePathsTests {
    @Test func aMaskDoesNotDependOnHowItIsCut() {
        let x = Tensor.ones([5_000])
        let usual = dropout(x, p: 0.5, seed: 7).scalars
        let small = Tuning.$current.withValue(.small) { dropout(x, p: 0.5, seed: 7).scalars }
        #expect(firstDifference(small, usual) == nil)
    }

    @Test func aMaskDoesNotRepeat() {
        let mask = dropout(Tensor.ones([1 << 17]), p: 0.5, seed: 8).scalars
        for period in [1 << 14, 1 << 15, 1 << 16] {
            let same = (0..<(mask.count - period)).filter { mask[$0] == mask[$0 + period] }.count
            #expect(abs(Double(same) / Double(mask.count - period) - 0.5) < 0.02, "\(period)")
        }
    }

    /// One after the other or together, a weight's gradient is there.
    @Test(arguments: [ProductEngine.own, .blas], Activation.fused)
    func gradientsOfALayerWhoseInputIsRecomputedAreThoseOfAKeptOne(
        engine: ProductEngine, activation: Activation
    ) {
        let inputs = random([3, 20, 16], [40, 16], [40], [24, 40]).map(\.tensor)
        func gradients(recomputes: Bool) -> [Tensor] {
            valueAndGradients(at: inputs) { inputs in
                let h = linear(
                    inputs[0], weight: inputs[1], bias: inputs[2], activation: activation,
                    recomputesResult: recomputes)
                return square(linear(h, weight: inputs[3])).sum()
            }.1
        }
        Compute.$products.withValue(engine) {
            let kept = gradients(recomputes: false)
            for alone in [1, Int.max] {
                var tuning = Tuning()
                tuning.recomputation.smallestProductAlone = alone
                poisonPool(count: 24 * 40)
                let found = Tuning.$current.withValue(tuning) { gradients(recomputes: true) }
                for (found, kept) in zip(found, kept) {
                    #expect(firstDifference(found.scalars, kept.scalars) == nil)
                }
            }
        }
    }

    /// A wide layer with bias and activation is the sum of its halves, whatever panels it is cut into.
    @Test(arguments: [Tuning(), .small])
    func aWideLayerIsItsTwoHalves(tuning: Tuning) {
        let inputs = random([40, 48], [320, 48], [320]).map(\.tensor)
        Tuning.$current.withValue(tuning) {
            Compute.$products.withValue(.own) {
                let whole = linear(
                    inputs[0], weight: inputs[1], bias: inputs[2], activation: .geluApproximate)
                for half in [0..<160, 160..<320] {
                    let part = linear(
                        inputs[0], weight: inputs[1][half], bias: inputs[2][half],
                        activation: .geluApproximate)
                    #expect(mismatch(whole[.all, half], part, tolerance: 2e-6) == nil)
                }
            }
        }
    }

    /// Logits token by token, in blocks of eight, against all of them at once.
    @Test(arguments: [ProductEngine.own, .blas])
    func logitsTokenByTokenGiveTheSameLoss(engine: ProductEngine) {
        let inputs = random([2, 40, 12], [70, 12]).map(\.tensor)
        let targets = TokenBatch(
            (0..<80).map { $0 == 3 ? -1 : Int32($0 * 7 % 70) }, batch: 2, time: 40)
        Compute.$products.withValue(engine) {
            let (loss, expected) = valueAndGradients(at: inputs) {
                crossEntropy(logits: linear($0[0], weight: $0[1]), targets: targets)
            }
            for tuning in [Tuning(), .small] {
                let (value, found) = Tuning.$current.withValue(tuning) {
                    valueAndGradients(at: inputs) {
                        linearCrossEntropy($0[0], weight: $0[1], targets: targets)
                    }
                }
                #expect(mismatch(value, loss, tolerance: 1e-6) == nil)
                for (found, expected) in zip(found, expected) {
                    #expect(mismatch(found, expected, tolerance: 1e-5) == nil)
                }
            }
        }
    }
}
