import Testing

@testable import MiniTensor

@Suite struct SavedTests {
    /// Large enough to be made again.
    private let input = random([600, 512])[0].tensor

    @Test func onlyLargeTensorsThatSomethingKnowsHowToMakeAreMadeAgain() {
        let tape = Tape()
        defer { tape.close() }
        let x = tape.input(input)
        #expect(!Saved(x).isRemade)
        #expect(!Saved(layerNorm(input)).isRemade)
        #expect(Saved(layerNorm(x)).isRemade)
        #expect(!Saved(layerNorm(x[0..<500])).isRemade)
        #expect(!Saved(layerNorm(x.reshaped(1_200, 256))).isRemade)
        // A view is not what the norm made.
        #expect(!Saved(layerNorm(x).reshaped(512, 600)).isRemade)
        let weight = Tensor.ones([512, 512])
        #expect(Saved(linear(x, weight: weight, activation: .gelu)).isRemade)
        #expect(!Saved(linear(x, weight: weight)).isRemade)
        // Unless it was asked for.
        let small = tape.input(Tensor.ones([3, 8]))
        for activation in Activation.allCases {
            let y = linear(
                small, weight: Tensor.ones([8, 8]), activation: activation, isRemade: true)
            #expect(Saved(y).isRemade)
        }
    }

    @Test func whatIsMadeAgainHasTheSameBits() {
        let (scale, shift) = (random([512])[0].tensor, random([512])[0].tensor * 0.5)
        let (weight, bias) = (random([520, 512])[0].tensor * 0.1, random([520])[0].tensor)
        let tape = Tape()
        defer { tape.close() }
        let x = tape.input(input)
        for y in [
            layerNorm(x, weight: scale, bias: shift), layerNorm(x),
            linear(x, weight: weight, bias: bias, activation: .gelu),
            linear(x, weight: weight, activation: .geluApproximate),
            linear(x, weight: weight, bias: bias, isRemade: true),
            linear(layerNorm(x), weight: weight, bias: bias, activation: .gelu, isRemade: true),
        ] {
            let saved = Saved(y)
            #expect(saved.isRemade)
            #expect(saved().scalars == y.scalars)
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
        let again = gradients(activation) { $0 }
        let kept = gradients(activation) { $0.reshaped(300, -1).reshaped(600, -1) }
        for (index, (gradient, expected)) in zip(again, kept).enumerated() {
            #expect(gradient.scalars == expected.scalars, "gradient \(index)")
        }
    }

    /// A product so large that the gradient of the weight is made alone, before the memory of its
    /// factor serves the other product.
    @Test func theGradientOfALargeWeightIsTheSame() {
        let x = Tensor.linspace(-1, 1, count: 1_024 * 8).reshaped(1_024, 8)
        let narrow = Tensor.linspace(1, -0.5, count: 1_024 * 8).reshaped(1_024, 8)
        let wide = Tensor.linspace(-0.1, 0.1, count: 1_536 * 1_024).reshaped(1_536, 1_024)
        let gradients = [false, true].map { isRemade in
            valueAndGradients(at: [narrow, wide]) {
                let hidden = linear(x, weight: $0[0], isRemade: isRemade)
                return square(linear(hidden, weight: $0[1])).mean()
            }.gradients
        }
        for (kept, again) in zip(gradients[0], gradients[1]) {
            #expect(mismatch(again, kept) == nil)
            #expect(kept.max().item() > 0)
        }
    }

    /// Attention and a feed-forward layer, small, with the insides kept or made again.
    private func smallGradients(_ activation: Activation, isRemade: Bool) -> [Tensor] {
        let parameters = random([2, 9, 12], [36, 12], [36], [20, 12], [20], [12, 20], [12])
        return valueAndGradients(at: parameters.map { $0.tensor * 0.3 }) {
            let packed = linear($0[0], weight: $0[1], bias: $0[2], isRemade: isRemade)
            let mixed = selfAttention(packed, heads: 3)
            let hidden = linear(
                mixed, weight: $0[3], bias: $0[4], activation: activation, isRemade: isRemade)
            let y = linear(hidden, weight: $0[5], bias: $0[6], addingTo: mixed)
            // Both insides are used a second time, one of them before its own layer needs it.
            return square(y).sum() + linear(hidden, weight: $0[5]).sum() + packed.sum()
        }.gradients
    }

    @Test(arguments: Activation.allCases)
    func productsMadeAgainGiveTheSameGradients(activation: Activation) {
        let again = smallGradients(activation, isRemade: true)
        let kept = smallGradients(activation, isRemade: false)
        for (index, (gradient, expected)) in zip(again, kept).enumerated() {
            #expect(gradient.scalars == expected.scalars, "gradient \(index)")
            #expect(gradient.scalars.contains { $0 != 0 })
        }
    }
}
