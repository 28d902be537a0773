import Foundation
import TestExits
import Testing

@testable import MiniTensor

@Suite struct InPlaceTests {
    /// Numbers of several shapes, the largest of several pieces.
    private static let shapes = [[3], [40, 5], [0], [7, 11]]

    private func random(_ seed: UInt64, _ shapes: [[Int]] = shapes) -> [Plain] {
        var generator = SplitMix64(seed: seed)
        return shapes.map { .random($0, using: &generator) }
    }

    /// Two steps against the formula in double precision, cut into pieces of 32 numbers or as usual.
    @Test(arguments: [Tuning(), .small])
    func adamWFollowsItsFormula(tuning: Tuning) {
        let (parameters, gradients) = (random(31), random(32))
        let settings = AdamWSettings(
            learningRate: 0.1, betas: (0.9, 0.95), eps: 1e-3, gradientScale: 0.5)
        var updates = zip(parameters, gradients).enumerated().map { index, pair in
            AdamWUpdate(
                name: "p\(index)", parameter: pair.0.tensor, gradient: pair.1.tensor,
                first: .zeros(pair.0.shape), second: .zeros(pair.0.shape),
                weightDecay: index == 1 ? 0.2 : 0, step: 1)
        }
        let untouched = updates.map(\.parameter)
        Tuning.$current.withValue(tuning) {
            updateByAdamW(&updates, settings)
            updates = updates.map {
                AdamWUpdate(
                    name: $0.name, parameter: $0.parameter, gradient: $0.gradient,
                    first: $0.first, second: $0.second, weightDecay: $0.weightDecay, step: 2)
            }
            updateByAdamW(&updates, settings)
        }
        for (index, update) in updates.enumerated() {
            let decay = index == 1 ? 0.2 : 0.0
            let expected = parameters[index].combined(with: gradients[index]) { start, gradient in
                var (p, m, v) = (start, 0.0, 0.0)
                let g = 0.5 * gradient
                for step in 1...2 {
                    m = 0.9 * m + 0.1 * g
                    v = 0.95 * v + 0.05 * g * g
                    let mean = m / (1 - pow(0.9, Double(step)))
                    let square = v / (1 - pow(0.95, Double(step)))
                    p -= 0.1 * decay * p + 0.1 * mean / (square.squareRoot() + 1e-3)
                }
                return p
            }
            #expect(mismatch(update.parameter, expected, tolerance: 1e-5) == nil, "p\(index)")
            // Whoever else has the memory keeps his numbers.
            #expect(mismatch(untouched[index], parameters[index]) == nil)
        }
    }

    /// Pieces are of 16,384 numbers: each has moments of its own.
    @Test func everyNumberOfALargeParameterHasItsOwnMoments() {
        var updates = [
            AdamWUpdate(
                name: "large", parameter: .zeros([300, 300]), gradient: .ones([300, 300]),
                first: .zeros([300, 300]), second: .zeros([300, 300]), weightDecay: 0, step: 1)
        ]
        updateByAdamW(
            &updates,
            AdamWSettings(learningRate: 1, betas: (0.9, 0.99), eps: 1e-8, gradientScale: 1))
        for tensor in [updates[0].parameter, updates[0].first, updates[0].second] {
            #expect(Set(tensor.scalars).count == 1)
        }
        #expect(abs(updates[0].parameter[299, 299].item() + 1) < 1e-5)
        #expect(abs(updates[0].first[299, 299].item() - 0.1) < 1e-6)
    }

    @Test(arguments: [Tuning(), .small])
    func momentumFollowsItsFormula(tuning: Tuning) {
        let (parameters, gradients, velocities) = (random(33), random(34), random(35))
        var updates = parameters.indices.map { index in
            MomentumUpdate(
                name: "p\(index)", parameter: parameters[index].tensor,
                gradient: gradients[index].tensor, velocity: velocities[index].tensor)
        }
        Tuning.$current.withValue(tuning) {
            updateByMomentum(
                &updates, learningRate: 0.1, momentum: 0.8, weightDecay: 0.3, gradientScale: 2)
        }
        for (index, update) in updates.enumerated() {
            let kept = gradients[index].combined(with: velocities[index]) { 2 * $0 + 0.8 * $1 }
            let velocity = kept.combined(with: parameters[index]) { $0 + 0.3 * $1 }
            #expect(mismatch(update.velocity, velocity, tolerance: 1e-6) == nil)
            let expected = parameters[index].combined(with: velocity) { $0 - 0.1 * $1 }
            #expect(mismatch(update.parameter, expected, tolerance: 1e-6) == nil)
        }
    }

    @Test func squaresOfAllTensorsAreSummedToTheSameBitsByAnyNumberOfThreads() {
        let tensors = random(36, [[400, 500], [3], [0], [70_000]])
        let expected = tensors.flatMap(\.values).reduce(0) { $0 + $1 * $1 }
        let inputs = tensors.map(\.tensor)
        let sum = sumOfSquares(of: inputs)
        #expect(abs(sum - expected) < 1e-6 * expected)
        for threads in [0, 1, 3] {
            #expect(Compute.$threads.withValue(threads) { sumOfSquares(of: inputs) } == sum)
        }
    }

    @Test func scaleAddChangesOnlyItsOwnTensor() {
        let (x, y) = (random(37, [[300, 200]])[0], random(38, [[300, 200]])[0])
        let shared = y.tensor
        for arrangement in Arrangement.general {
            var sum = shared
            sum.scaleAdd(2, arrangement.tensor(x), beta: 0.5)
            let expected = x.combined(with: y) { 2 * $0 + 0.5 * $1 }
            #expect(mismatch(sum, expected, tolerance: 1e-6) == nil)
            #expect(mismatch(shared, y) == nil)
        }
    }

    private func said(_ result: ExitTest.Result?, _ part: String) -> Bool {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).contains(part)
    }

    @Test func whatBelongsToAParameterHasItsShape() async {
        let moment = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            var updates = [
                AdamWUpdate(
                    name: "block.weight", parameter: .ones([4, 8]), gradient: .ones([4, 8]),
                    first: .ones([4, 4]), second: .ones([4, 4]), weightDecay: 0, step: 1)
            ]
            updateByAdamW(
                &updates,
                AdamWSettings(learningRate: 1, betas: (0.9, 0.9), eps: 1, gradientScale: 1))
        }
        #expect(
            said(
                moment,
                "The parameter block.weight has the shape [4, 8], but its first moment has [4, 4]"))
        let gradient = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            var updates = [
                MomentumUpdate(
                    name: "w", parameter: .ones([6]), gradient: .ones([2, 3]), velocity: .ones([6]))
            ]
            updateByMomentum(
                &updates, learningRate: 1, momentum: 0, weightDecay: 0, gradientScale: 1)
        }
        #expect(said(gradient, "The parameter w has the shape [6], but its gradient has [2, 3]"))
        let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            dieQuietly()
            _ = Tensor.weightedSum([.ones([2, 3]), .ones([3, 2])], weights: [1, 1])
        }
        #expect(said(sum, "weightedSum: the shapes [2, 3] and [3, 2] differ."))
    }
}
