import Testing

@testable import MiniTensor

/// Fused operations of today's decoders against the operations they are made of.
@Suite struct DecoderOperationTests {
    private static let shapes = [[1, 1], [3, 7], [2, 5, 16], [4, 33], [2, 3, 130]]

    @Test(arguments: shapes, [true, false])
    func rmsNormDividesByTheRootOfTheMeanSquare(shape: [Int], isSmall: Bool) {
        Tuning.$current.withValue(isSmall ? .small : Tuning()) {
            let complaint = difference(
                random(shape, [shape.last ?? 1]),
                fused: { rmsNorm($0[0], weight: $0[1], eps: 0.01) },
                composed: { inputs in
                    let x = inputs[0]
                    return x / sqrt(square(x).mean(axis: -1, keepDims: true) + 0.01) * inputs[1]
                })
            #expect(complaint == nil)
        }
    }

    @Test(arguments: shapes, [true, false])
    func swiGLUIsTheGateTimesTheRest(shape: [Int], isSmall: Bool) {
        Tuning.$current.withValue(isSmall ? .small : Tuning()) {
            let complaint = difference(
                random(shape, shape), fused: { swiGLU(gate: $0[0] * 3, up: $0[1]) },
                composed: { inputs in
                    let gate = inputs[0] * 3
                    return gate * sigmoid(gate) * inputs[1]
                })
            #expect(complaint == nil)
        }
        let complaint = difference(
            random(shape), fused: { silu($0[0] * 3) },
            composed: { inputs in
                let x = inputs[0] * 3
                return x * sigmoid(x)
            })
        #expect(complaint == nil)
    }

    /// x·cos + turned(x)·sin with the tables as wide as a head, as Hugging Face writes it.
    private func composed(
        _ x: Tensor, _ angles: Tensor, _ pairing: RotaryPairing
    ) -> Tensor {
        let half = angles.dim(-1)
        let (first, second): (Tensor, Tensor)
        switch pairing {
        case .halfSplit:
            (first, second) = (x[.ellipsis, 0..<half], x[.ellipsis, half..<(2 * half)])
        case .interleaved:
            let pairs = x[.ellipsis, 0..<(2 * half)].unflattened(axis: -1, shape: [half, 2])
            (first, second) = (pairs[.ellipsis, 0], pairs[.ellipsis, 1])
        }
        let (c, s) = (cos(angles), sin(angles))
        let (a, b) = (first * c - second * s, second * c + first * s)
        let rest = x[.ellipsis, .stride(from: 2 * half, by: 1)]
        switch pairing {
        case .halfSplit: return concatenated([a, b, rest], axis: -1)
        case .interleaved:
            return concatenated([stacked([a, b], axis: -1).flattened(start: 3), rest], axis: -1)
        }
    }

    @Test(arguments: RotaryPairing.allCases, [(4, 2), (7, 2), (34, 17), (64, 32), (70, 33)])
    func rotaryTurnsPairs(pairing: RotaryPairing, width: (Int, Int)) {
        let angles = angles(time: 5, half: width.1)
        for tuning in [Tuning(), .small] {
            Tuning.$current.withValue(tuning) {
                let complaint = difference(
                    random([2, 3, 5, width.0]),
                    fused: {
                        rotary($0[0], cosines: cos(angles), sines: sin(angles), pairing: pairing)
                    }, composed: { composed($0[0], angles, pairing) })
                #expect(complaint == nil)
            }
        }
    }

    @Test func rotaryOfPackedHeadsLeavesTheValuesAlone() {
        let angles = angles(time: 4, half: 3)
        let complaint = difference(
            random([2, 4, 30]),
            fused: {
                rotaryPacked(
                    $0[0], width: 6, heads: 3, cosines: cos(angles), sines: sin(angles),
                    pairing: .halfSplit)
            },
            composed: { inputs in
                let heads = inputs[0].unflattened(axis: -1, shape: [5, 6]).swappedAxes(1, 2)
                let turned = composed(heads[.all, 0..<3], angles, .halfSplit)
                return concatenated([turned, heads[.all, 3..<5]], axis: 1).swappedAxes(1, 2)
                    .flattened(start: 2)
            })
        #expect(complaint == nil)
    }

    /// What is not kept comes out as the same bits.
    @Test func recomputedResultsAreTheSameBits() {
        let inputs = random([5, 40], [5, 40], [40]).map(\.tensor)
        let tape = Tape()
        let x = tape.input(inputs[0])
        Tuning.$current.withValue(.small) {
            for y in [
                rmsNorm(x, weight: inputs[2]), swiGLU(gate: x, up: inputs[1]),
                swiGLU(gate: rmsNorm(x), up: x),
            ] {
                let saved = SavedActivation(y)
                #expect(saved.isRecomputed)
                #expect(firstDifference(saved().scalars, y.scalars) == nil)
            }
        }
    }
}
