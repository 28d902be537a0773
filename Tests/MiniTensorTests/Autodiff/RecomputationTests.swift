import Testing

@testable import MiniTensor

@Suite struct RecomputationTests {
    /// Large enough to be recomputed.
    private let input = random([600, 512])[0].tensor

    @Test func onlyLargeResultsOfCheapOperationsAreRecomputed() {
        let tape = Tape()
        defer { tape.close() }
        let x = tape.input(input)
        #expect(!SavedActivation(x).isRecomputed)
        #expect(!SavedActivation(layerNorm(input)).isRecomputed)
        #expect(SavedActivation(layerNorm(x)).isRecomputed)
        #expect(!SavedActivation(layerNorm(x[0..<500])).isRecomputed)
        #expect(!SavedActivation(layerNorm(x.reshaped(1_200, 256))).isRecomputed)
        // A view is not what the norm made.
        #expect(!SavedActivation(layerNorm(x).reshaped(512, 600)).isRecomputed)
        let weight = Tensor.ones([512, 512])
        #expect(SavedActivation(linear(x, weight: weight, activation: .gelu)).isRecomputed)
        #expect(!SavedActivation(linear(x, weight: weight)).isRecomputed)
        // Unless it was asked for.
        let small = tape.input(Tensor.ones([3, 8]))
        for activation in Activation.fused {
            let y = linear(
                small, weight: Tensor.ones([8, 8]), activation: activation, recomputesResult: true)
            #expect(SavedActivation(y).isRecomputed)
        }
    }

    @Test func recomputedValuesHaveTheSameBits() {
        let (scale, shift) = (random([512])[0].tensor, random([512])[0].tensor * 0.5)
        let (weight, bias) = (random([520, 512])[0].tensor * 0.1, random([520])[0].tensor)
        let tape = Tape()
        defer { tape.close() }
        let x = tape.input(input)
        for y in [
            layerNorm(x, weight: scale, bias: shift), layerNorm(x),
            linear(x, weight: weight, bias: bias, activation: .gelu),
            linear(x, weight: weight, activation: .geluApproximate),
            linear(x, weight: weight, bias: bias, recomputesResult: true),
            linear(
                layerNorm(x), weight: weight, bias: bias, activation: .gelu, recomputesResult: true),
        ] {
            let saved = SavedActivation(y)
            #expect(saved.isRecomputed)
            #expect(mismatch(saved(), y) == nil)
        }
    }

    /// A feed-forward layer after a norm; `detour` takes away the way to make what passes it again.
    private func gradients(
        _ activation: Activation, _ detour: @escaping (Tensor) -> Tensor
    ) -> [Tensor] {
        let parameters = random([512], [512], [640, 512], [640], [512, 640], [512])
        let inputs = [input] + parameters.map { $0.tensor * 0.1 }
        return valueAndGradients(at: inputs) {
            let normed = detour(layerNorm($0[0], weight: $0[1], bias: $0[2]))
            let hidden = detour(
                linear(normed, weight: $0[3], bias: $0[4], activation: activation))
            let y = linear(hidden, weight: $0[5], bias: $0[6], addingTo: $0[0])
            // Used a second time, by another.
            return square(y).sum() + linear(hidden, weight: $0[5]).sum()
        }.gradients
    }

    @Test(arguments: [Activation.gelu, .geluApproximate])
    func gradientsDoNotDependOnWhetherTensorsAreKept(activation: Activation) {
        let recomputed = gradients(activation) { $0 }
        let kept = gradients(activation) { $0.reshaped(300, -1).reshaped(600, -1) }
        for (index, (gradient, expected)) in zip(recomputed, kept).enumerated() {
            #expect(mismatch(gradient, expected) == nil, "gradient \(index)")
        }
    }

    /// A product so large that the gradient of the weight is made alone, before the memory of its
    /// factor serves the other product.
    @Test func theGradientOfALargeWeightIsTheSame() {
        let x = Tensor.linspace(-1, 1, count: 1_024 * 8).reshaped(1_024, 8)
        let narrow = Tensor.linspace(1, -0.5, count: 1_024 * 8).reshaped(1_024, 8)
        let wide = Tensor.linspace(-0.1, 0.1, count: 1_536 * 1_024).reshaped(1_536, 1_024)
        let gradients = [false, true].map { recomputes in
            valueAndGradients(at: [narrow, wide]) {
                let hidden = linear(x, weight: $0[0], recomputesResult: recomputes)
                return square(linear(hidden, weight: $0[1])).mean()
            }.gradients
        }
        for (kept, again) in zip(gradients[0], gradients[1]) {
            #expect(mismatch(again, kept) == nil)
            #expect(kept.max().item() > 0)
        }
    }

    /// Attention and a feed-forward layer, small, with activations kept or recomputed.
    private func smallGradients(_ activation: Activation, recomputes: Bool) -> [Tensor] {
        let parameters = random([2, 9, 12], [36, 12], [36], [20, 12], [20], [12, 20], [12])
        return valueAndGradients(at: parameters.map { $0.tensor * 0.3 }) {
            let packed = linear($0[0], weight: $0[1], bias: $0[2], recomputesResult: recomputes)
            let mixed = selfAttention(packed, heads: 3)
            let hidden = linear(
                mixed, weight: $0[3], bias: $0[4], activation: activation,
                recomputesResult: recomputes)
            let y = linear(hidden, weight: $0[5], bias: $0[6], addingTo: mixed)
            // Both activations are used a second time, one of them before its own layer needs it.
            return square(y).sum() + linear(hidden, weight: $0[5]).sum() + packed.sum()
        }.gradients
    }

    @Test(arguments: Activation.fused)
    func recomputedProductsGiveTheSameGradients(activation: Activation) {
        let fromRecomputed = smallGradients(activation, recomputes: true)
        let kept = smallGradients(activation, recomputes: false)
        for (index, (gradient, expected)) in zip(fromRecomputed, kept).enumerated() {
            #expect(mismatch(gradient, expected) == nil, "gradient \(index)")
            #expect(gradient.scalars.contains { $0 != 0 })
        }
    }
}
