import Foundation
import Testing

@testable import MiniTensor

private struct UnaryOperation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensor: @Sendable (Tensor) -> Tensor
    let number: @Sendable (Double) -> Double
    var range: ClosedRange<Float>

    init(
        _ name: String, in range: ClosedRange<Float> = -6...6,
        _ tensor: @escaping @Sendable (Tensor) -> Tensor,
        _ number: @escaping @Sendable (Double) -> Double
    ) {
        (testDescription, self.range) = (name, range)
        (self.tensor, self.number) = (tensor, number)
    }

    static let all: [UnaryOperation] = [
        UnaryOperation("abs", { MiniTensor.abs($0) }, { Swift.abs($0) }),
        UnaryOperation("square", { square($0) }, { $0 * $0 }),
        UnaryOperation("reciprocal", in: 0.1...9, { reciprocal($0) }, { 1 / $0 }),
        UnaryOperation("sqrt", in: 0...9, { MiniTensor.sqrt($0) }, { $0.squareRoot() }),
        UnaryOperation("exp", in: -9...9, { MiniTensor.exp($0) }, { Foundation.exp($0) }),
        UnaryOperation("log", in: 1e-3...99, { MiniTensor.log($0) }, { Foundation.log($0) }),
        UnaryOperation("sin", { MiniTensor.sin($0) }, { Foundation.sin($0) }),
        UnaryOperation("cos", { MiniTensor.cos($0) }, { Foundation.cos($0) }),
        UnaryOperation("tanh", { MiniTensor.tanh($0) }, { Foundation.tanh($0) }),
        UnaryOperation("sigmoid", { sigmoid($0) }, { 1 / (1 + Foundation.exp(-$0)) }),
        UnaryOperation("relu", { relu($0) }, { max($0, 0) }),
        UnaryOperation("gelu", { gelu($0) }, { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
        UnaryOperation(
            "geluApproximate", { geluApproximate($0) },
            {
                let inner = (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)
                return $0 / 2 * (1 + Foundation.tanh(inner))
            }),
    ]
}

@Suite struct ElementwiseTests {
    @Test(arguments: UnaryOperation.all)
    fileprivate func everyLayoutGivesTheFunction(operation: UnaryOperation) {
        var generator = SplitMix64(seed: 31)
        for shape in [[], [1], [15], [3, 5], [0, 4], [2, 1, 33], [3, 2, 2, 2], [333, 331]] {
            // The large one, which is divided among threads, in the ways that differ there.
            let isLarge = shape.reduce(1, *) > 1_000
            for arrangement in isLarge ? [.contiguous, .transposed] : Arrangement.allCases {
                let x = arrangement.tensor(
                    .random(shape, in: operation.range, using: &generator))
                let complaint = mismatch(
                    operation.tensor(x), Plain(x).map(operation.number), tolerance: 5e-7)
                #expect(complaint == nil, "\(arrangement) \(shape)")
            }
        }
    }

    @Test func extremesStayInRange() {
        let x = Tensor([-1e4, -100, 100, 1e4])
        #expect(exp(x).scalars[0] == 0 && exp(x).scalars[3] == .infinity)
        // e⁻¹⁰⁰ is too small for a normal number: tiny or 0.
        #expect(exp(x).scalars[1] >= 0 && exp(x).scalars[1] < .leastNormalMagnitude)
        #expect(exp(x).scalars[2] == .infinity)
        #expect(tanh(x).scalars == [-1, -1, 1, 1])
        #expect(sigmoid(x).scalars.prefix(1) == [0] && sigmoid(x).scalars.suffix(2) == [1, 1])
        #expect(gelu(x).scalars.suffix(2) == [100, 1e4])
        #expect(geluApproximate(x).scalars.suffix(2) == [100, 1e4])
        #expect(gelu(x).scalars[0] == 0 && geluApproximate(x).scalars[0] == 0)
        #expect(log(Tensor([0, -1])).scalars[0] == -.infinity)
        #expect(log(Tensor([0, -1])).scalars[1].isNaN && sqrt(Tensor([-1])).item().isNaN)
    }
}

@Suite struct DropoutTests {
    @Test func theShareThatFallsIsTheProbability() {
        let y = dropout(Tensor.ones([200_000]), p: 0.3, seed: 7).scalars
        let dropped = y.filter { $0 == 0 }.count
        #expect(abs(Double(dropped) - 60_000) < 900)
        #expect(y.allSatisfy { $0 == 0 || $0 == 1 / 0.7 })
    }

    /// The mask of a tensor that several threads share is the one of its elements' places.
    @Test func theMaskOfALargeTensorDoesNotRepeat() {
        let y = dropout(Tensor.ones([1 << 17]), p: 0.5, seed: 7)
        let part = 1 << 15
        for start in stride(from: part, to: y.count, by: part) {
            let equal = (y[..<part] .== y[start..<(start + part)]).mean().item()
            #expect(Swift.abs(equal - 0.5) < 0.02)
        }
    }

    @Test func theSeedDecides() {
        let x = Tensor.ones([1_000])
        #expect(dropout(x, p: 0.5, seed: 1).scalars == dropout(x, p: 0.5, seed: 1).scalars)
        #expect(dropout(x, p: 0.5, seed: 1).scalars != dropout(x, p: 0.5, seed: 2).scalars)
    }

    @Test func elementsFallByTheirPlaceInTheTensorNotInMemory() {
        var generator = SplitMix64(seed: 32)
        let x = Plain.random([7, 9], in: 1...2, using: &generator)
        let expected = dropout(x.tensor, p: 0.4, seed: 3)
        for arrangement in Arrangement.general {
            #expect(mismatch(dropout(arrangement.tensor(x), p: 0.4, seed: 3), expected) == nil)
        }
    }

    @Test func probabilityZeroChangesNothing() {
        let x = Tensor(0..<5)
        #expect(dropout(x, p: 0, seed: 1).scalars == x.scalars)
    }

    @Test func theGradientFallsWhereTheValueFell() {
        let x = Tensor.ones([500])
        let slope = gradient(at: x) { dropout($0, p: 0.25, seed: 5).sum() }
        #expect(slope.scalars == dropout(x, p: 0.25, seed: 5).scalars)
    }
}
