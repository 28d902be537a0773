import MiniNN
import TestExits
import Testing

@Suite("Layers")
struct LayerTests {
    /// A square tensor of random numbers.
    private func random(_ shape: Int..., seed: UInt64 = 3) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return .normal(shape, using: &generator)
    }

    @Test("Layers in a row are named by their places, train as one, and drop only while training")
    func sequential() {
        var generator = SplitMix64(seed: 1)
        let layers = Sequential(
            Linear(4, 8, using: &generator), Activation.relu, Dropout(p: 0.5),
            Linear(8, 2, bias: false, using: &generator))
        #expect(layers.parameters.map(\.name) == ["0.weight", "0.bias", "3.weight"])
        let x = random(3, 4)
        let (first, last) = (layers.layers[0], layers.layers[3])
        #expect(layers(x).scalars == last(relu(first(x))).scalars)
        let training = Mode.training(seed: 5)
        #expect(layers(x, mode: training).scalars != layers(x).scalars)
        #expect(layers(x, mode: training).scalars == layers(x, mode: training).scalars)
        let (_, gradients) = valueAndGradients(of: layers) { square($0(x)).sum() }
        #expect(gradients["3.weight"]?.scalars.contains { $0 != 0 } == true)
        var changed = layers
        changed[parameter: "0.weight"] = .zeros([8, 4])
        #expect(changed(x).scalars.allSatisfy { $0 == 0 })
        #expect(layers.description.contains("3: Linear"))
    }

    @Test("Dropout in a row and by itself: the same mask for the same seed")
    func dropoutIsALayer() {
        let layer: any Layer = Dropout(p: 0.25)
        let x = Tensor.ones([100])
        #expect(layer(x).scalars == x.scalars)
        #expect(layer(x, mode: .training(seed: 2)).scalars == dropout(x, p: 0.25, seed: 2).scalars)
    }

    @Test("An activation of one's own works as those with a name do")
    func ownActivation() {
        var generator = SplitMix64(seed: 1)
        let squared = Activation("squared relu") { square(relu($0)) }
        let layer = FeedForward(dimensions: 4, activation: squared, using: &generator)
        let x = random(2, 3, 4)
        #expect(layer(x).scalars == layer.down(square(relu(layer.up(x)))).scalars)
        let residual = layer(x, addingTo: x, recomputesInside: true)
        #expect((residual - x - layer(x)).scalars.allSatisfy { abs($0) < 1e-5 })
        for activation in Activation.named {
            let layer = FeedForward(up: layer.up, down: layer.down, activation: activation)
            let difference = layer(x) - layer.down(activation(layer.up(x)))
            #expect(difference.scalars.allSatisfy { abs($0) < 1e-6 }, "\(activation)")
        }
    }

    @Test("An initializer of one's own draws from the generator it is given")
    func ownInitializer() async {
        let halves = Initializer { shape, generator in
            let value = Float(generator.next(upperBound: UInt64(1_000)))
            return Tensor(repeating: value, shape: shape)
        }
        var (generator, same) = (SplitMix64(seed: 7), SplitMix64(seed: 7))
        let layer = Linear(3, 2, initializer: halves, using: &generator)
        let expected = Float(same.next(upperBound: UInt64(1_000)))
        #expect(layer.weight.scalars.allSatisfy { $0 == expected })
        // What was drawn is gone for those who draw after it.
        #expect(generator.next() == same.next())
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var generator = SplitMix64(seed: 7)
            _ = Initializer { _, _ in .ones([1]) }([2, 2], using: &generator)
        }
    }

    @Test("Glorot's and He's initialisations have their spread")
    func spreads() {
        var generator = SplitMix64(seed: 2)
        let glorot = Initializer.glorotUniform([100, 500], using: &generator)
        #expect(glorot.scalars.allSatisfy { Swift.abs($0) <= 0.1 })
        #expect(glorot.scalars.contains { $0 > 0.095 } && glorot.scalars.contains { $0 < -0.095 })
        let he = Initializer.heNormal([100, 500], using: &generator)
        #expect(Swift.abs(he.variance().item().squareRoot() - (2 / Float(500)).squareRoot()) < 1e-3)
    }

    @Test("A gated layer is down(activation(gate)·up), fused or not, kept or recomputed")
    func gatedFeedForward() {
        var generator = SplitMix64(seed: 1)
        let x = random(2, 3, 6)
        for activation in [Activation.silu, .geluApproximate, .sigmoid] {
            let layer = GatedFeedForward(
                dimensions: 6, bias: true, activation: activation, using: &generator)
            #expect(layer.gate.weight.shape == [16, 6])
            let expected = layer.down(activation(layer.gate(x)) * layer.up(x))
            #expect((layer(x) - expected).scalars.allSatisfy { Swift.abs($0) < 1e-6 })
            let results = [false, true].map { recomputes in
                valueAndGradients(of: layer) {
                    square($0(x, addingTo: x, recomputesInside: recomputes)).sum()
                }.gradients
            }
            for index in 0..<results[0].count {
                let (kept, again) = (results[0][index].scalars, results[1][index].scalars)
                #expect(zip(kept, again).allSatisfy { $0 == $1 })
                #expect(kept.contains { $0 != 0 })
            }
        }
    }

    @Test("Attention weights of every setting mix the values to what attention gives")
    func attentionWeights() {
        var generator = SplitMix64(seed: 1)
        let settings = [
            MultiHeadAttention(dimensions: 12, heads: 3, using: &generator),
            MultiHeadAttention(
                dimensions: 12, heads: 4, keyValueHeads: 2, headWidth: 6, bias: false,
                rotary: RotaryEmbedding(dimensions: 4, base: 100), using: &generator),
            MultiHeadAttention(
                dimensions: 12, heads: 2, keyValueHeads: 1, scale: 1,
                rotary: RotaryEmbedding(dimensions: 6, pairing: .interleaved),
                queryNorm: RMSNorm(dimensions: 6), keyNorm: RMSNorm(dimensions: 6),
                using: &generator),
        ]
        let x = random(2, 7, 12)
        for attention in settings {
            let bias = random(attention.heads, 7, 7)
            for mask in [AttentionMask.none, .causal, .slidingWindow(3)] {
                let weights = attention.weights(x, mask: mask, bias: bias)
                #expect(weights.shape == [2, attention.heads, 7, 7])
                let width = attention.headWidth
                let shared = attention.keyValueHeads
                let values = attention.queryKeyValue(x)[
                    .ellipsis, (width * (attention.heads + shared))...
                ].unflattened(axis: -1, shape: [shared, width]).swappedAxes(1, 2)
                let group = attention.heads / shared
                let repeated = values.take((0..<attention.heads).map { $0 / group }, axis: 1)
                let mixed = matmul(weights, repeated).swappedAxes(1, 2).flattened(start: 2)
                let difference = attention.output(mixed) - attention(x, mask: mask, bias: bias)
                #expect(difference.scalars.allSatisfy { Swift.abs($0) < 1e-5 }, "\(mask)")
            }
        }
    }

    @Test("Rotary positions see only how far apart a query and a key are")
    func rotaryIsRelative() {
        let rotary = RotaryEmbedding(dimensions: 8)
        let (q, k) = (random(1, 1, 4, 8), random(1, 1, 4, 8, seed: 4))
        let near = matmul(rotary(q), rotary(k).T)
        let far = matmul(rotary(q, from: 50), rotary(k, from: 50).T)
        #expect((near - far).scalars.allSatisfy { Swift.abs($0) < 2e-5 })
        #expect((near - matmul(q, k.T)).scalars.contains { Swift.abs($0) > 0.1 })
    }

    @Test("Relative positions count the queries as the last of the keys")
    func relativePositions() {
        var generator = SplitMix64(seed: 1)
        let bias = RelativePositionBias(
            heads: 2, buckets: 8, isBidirectional: false, maximumDistance: 20, using: &generator)
        let all = bias(queries: 5, keys: 5)
        #expect(bias(queries: 2, keys: 5).scalars == all[.all, 3..<5].scalars)
        // The future counts as the query's own position.
        #expect(all[0, 0, 4].item() == all[0, 0, 0].item())
        let (_, gradients) = valueAndGradients(of: bias) { $0(queries: 5, keys: 5).sum() }
        #expect(gradients[0].sum().item() == 50)
    }

    @Test("What does not fit is refused")
    func badSettings() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var generator = SplitMix64(seed: 1)
            _ = MultiHeadAttention(dimensions: 12, heads: 4, keyValueHeads: 3, using: &generator)
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = RotaryEmbedding(dimensions: 7)
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = conv1d(Tensor.ones([1, 3, 2]), weight: Tensor.ones([1, 5, 2]))
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = Activation("gelu") { $0 }
        }
    }
}
