import Foundation
import Testing

@testable import MiniTensor

private struct ReductionOperation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensor: @Sendable (Tensor, Int?, Bool) -> Tensor
    let numbers: @Sendable ([Double]) -> Double
    /// Whether a line of no elements has a result.
    var allowsNothing = false

    static let all: [ReductionOperation] = [
        ReductionOperation(
            testDescription: "sum", tensor: { $0.sum(axis: $1, keepDims: $2) },
            numbers: { $0.reduce(0, +) }, allowsNothing: true),
        ReductionOperation(
            testDescription: "mean", tensor: { $0.mean(axis: $1, keepDims: $2) },
            numbers: { $0.reduce(0, +) / Double($0.count) }, allowsNothing: true),
        ReductionOperation(
            testDescription: "variance", tensor: { $0.variance(axis: $1, keepDims: $2) },
            numbers: { variance($0, correction: 0) }, allowsNothing: true),
        ReductionOperation(
            testDescription: "variance of a sample",
            tensor: { $0.variance(axis: $1, correction: 1, keepDims: $2) },
            numbers: { variance($0, correction: 1) }),
        ReductionOperation(
            testDescription: "max", tensor: { $0.max(axis: $1, keepDims: $2) },
            numbers: { $0.max() ?? .nan }),
        ReductionOperation(
            testDescription: "min", tensor: { $0.min(axis: $1, keepDims: $2) },
            numbers: { $0.min() ?? .nan }),
        ReductionOperation(
            testDescription: "argMax", tensor: { Tensor($0.argMax(axis: $1, keepDims: $2)) },
            numbers: { line in Double(line.firstIndex(of: line.max() ?? .nan) ?? -1) }),
        ReductionOperation(
            testDescription: "argMin", tensor: { Tensor($0.argMin(axis: $1, keepDims: $2)) },
            numbers: { line in Double(line.firstIndex(of: line.min() ?? .nan) ?? -1) }),
        ReductionOperation(
            testDescription: "product", tensor: { $0.product(axis: $1, keepDims: $2) },
            numbers: { $0.reduce(1, *) }, allowsNothing: true),
        ReductionOperation(
            testDescription: "std", tensor: { $0.std(axis: $1, keepDims: $2) },
            numbers: { variance($0, correction: 0).squareRoot() }, allowsNothing: true),
        ReductionOperation(
            testDescription: "norm", tensor: { $0.norm(axis: $1, keepDims: $2) },
            numbers: { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }, allowsNothing: true),
        ReductionOperation(
            testDescription: "any", tensor: { ($0 .> 0).any(axis: $1, keepDims: $2) },
            numbers: { $0.contains { $0 > 0 } ? 1 : 0 }, allowsNothing: true),
        ReductionOperation(
            testDescription: "all", tensor: { ($0 .> 0).all(axis: $1, keepDims: $2) },
            numbers: { $0.allSatisfy { $0 > 0 } ? 1 : 0 }, allowsNothing: true),
        ReductionOperation(
            testDescription: "logSumExp", tensor: { $0.logSumExp(axis: $1, keepDims: $2) },
            numbers: { log($0.reduce(0) { $0 + exp($1) }) }),
    ]

    private static func variance(_ x: [Double], correction: Double) -> Double {
        let mean = x.reduce(0, +) / Double(x.count)
        return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (Double(x.count) - correction)
    }
}

@Suite struct ReductionTests {
    @Test(arguments: ReductionOperation.all)
    fileprivate func everyAxisOfEveryLayoutIsReduced(operation: ReductionOperation) {
        var generator = SplitMix64(seed: 41)
        for shape in [[], [2], [37], [3, 5], [19, 2, 3], [2, 17, 3], [4, 3, 2, 5], [2, 1, 3]] {
            let axes = [nil] + (-shape.count..<shape.count).map { $0 as Int? }
            for arrangement in Arrangement.allCases {
                let x = arrangement.tensor(.random(shape, using: &generator))
                for axis in axes {
                    for keepDims in [false, true] {
                        let result = operation.tensor(x, axis, keepDims)
                        let expected = Plain(x).reduced(
                            axis: axis, keepDims: keepDims, operation.numbers)
                        if shape.isEmpty || (axis.map { x.dim($0) } ?? x.count) == 1,
                            operation.testDescription == "variance of a sample"
                        {
                            continue  // 0 / 0
                        }
                        #expect(
                            mismatch(result, expected, tolerance: 2e-6) == nil,
                            "\(arrangement) \(shape) axis \(axis ?? 99)")
                    }
                }
            }
        }
    }

    @Test(arguments: ReductionOperation.all)
    fileprivate func largeTensorsAreDividedAmongThreads(operation: ReductionOperation) {
        var generator = SplitMix64(seed: 42)
        let x = Plain.random([251, 3, 149], in: 0...2, using: &generator)
        for arrangement in [Arrangement.contiguous, .transposed, .reversed] {
            for axis in [nil, 0, 1, 2] {
                let complaint = mismatch(
                    operation.tensor(arrangement.tensor(x), axis, false),
                    x.reduced(axis: axis, operation.numbers), tolerance: 4e-6)
                #expect(complaint == nil, "\(arrangement) axis \(axis ?? 99)")
            }
        }
    }

    @Test(arguments: ReductionOperation.all.filter(\.allowsNothing))
    fileprivate func nothingAddsUpToZeroAndHasNoMean(operation: ReductionOperation) {
        for shape in [[0], [0, 3], [2, 0, 3]] {
            let x = Plain(shape: shape, values: [])
            for axis in [nil] + shape.indices.map({ $0 as Int? }) {
                let complaint = mismatch(
                    operation.tensor(x.tensor, axis, true),
                    x.reduced(axis: axis, keepDims: true, operation.numbers))
                #expect(complaint == nil, "\(shape) axis \(axis ?? 99)")
            }
        }
    }

    @Test func theFirstOfEqualsIsTheLargest() {
        #expect(Tensor([1, 5, 5, 2]).argMax().item() == 1)
        #expect(Tensor(repeating: 2, shape: [2, 40]).argMax(axis: 1).scalars == [0, 0])
        #expect(Tensor(repeating: 2, shape: [40_000]).argMax().item() == 0)
    }

    @Test func logSumExpNeitherOverflowsNorLosesInfinity() {
        #expect(Tensor([1_000, 1_000]).logSumExp().item() == 1_000 + Float(log(2.0)))
        #expect(Tensor([-1_000, -1_001]).logSumExp(axis: 0).item() > -1_000)
        #expect(Tensor([-.infinity, 3]).logSumExp().item() == 3)
        #expect(Tensor([-.infinity, -.infinity]).logSumExp().item() == -.infinity)
    }

    @Test func sumsOfManyElementsKeepTheirDigits() {
        // Added one after the other in 32 bits, 0.1 would end at 100,958.
        let sum = Tensor(repeating: 0.1, shape: [1_000_000]).sum().item()
        #expect(Swift.abs(sum - 100_000) < 1)
    }

    /// One row after the other in 32 bits, 0.1 would end at 99,910.
    @Test func sumsOfManyRowsKeepTheirDigits() {
        let rows = 1_000_000
        let x = Tensor(repeating: 0.1, shape: [rows, 2])
        for sum in x.sum(axis: 0).scalars { #expect(Swift.abs(sum - 100_000) < 0.2) }
        for mean in x.mean(axis: 0).scalars { #expect(Swift.abs(mean - 0.1) < 2e-7) }
        // Half the rows are 0.4: the mean is 0.25, the variance 0.15².
        let halves = concatenated([x[..<(rows / 2)], x[..<(rows / 2)] * 4])
        for variance in halves.variance(axis: 0).scalars {
            #expect(Swift.abs(variance - 0.0225) < 1e-7)
        }
        // The derivative of a bias that was broadcast.
        let slope = gradient(at: Tensor([1, 2])) { ($0 * x).sum() }
        for value in slope.scalars { #expect(Swift.abs(value - 100_000) < 0.2) }
    }

    @Test func theLayoutDoesNotChangeTheBitsOfASum() {
        var generator = SplitMix64(seed: 44)
        for shape in [[3_000, 5], [7, 2_500, 3], [40, 33]] {
            let x = Plain.random(shape, using: &generator)
            for axis in shape.indices {
                let expected = x.tensor.sum(axis: axis)
                for arrangement in Arrangement.general {
                    let sum = arrangement.tensor(x).sum(axis: axis)
                    #expect(
                        mismatch(sum, expected) == nil, "\(shape), axis \(axis), \(arrangement)")
                }
            }
        }
    }

    /// The total minus the sum so far would lose the small ones, and all if one is infinite.
    @Test func theDerivativeOfARunningSumDoesNotCancel() {
        func slope(_ weights: [Float]) -> [Float] {
            gradient(at: Tensor.ones([weights.count])) {
                ($0.cumulativeSum() * Tensor(weights)).sum()
            }.scalars
        }
        #expect(slope([1e8, 1, 2, 3, 4]) == [1e8 + 10, 10, 9, 7, 4])
        #expect(slope([.infinity, 1, 2]) == [.infinity, 3, 2])
    }

    @Test func notANumberSpreadsThroughReductions() {
        var x = Tensor.ones([40])
        x[33] = Tensor(.nan)
        #expect(x.sum().item().isNaN && x.max().item().isNaN && x.min().item().isNaN)
        #expect(x.logSumExp().item().isNaN)
    }

    @Test(arguments: Arrangement.allCases)
    func runningSumsGoAlongTheirAxis(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 43)
        for shape in [[7], [3, 4], [2, 3, 5], [0], [3, 0]] {
            let x = arrangement.tensor(.random(shape, using: &generator))
            for axis in -shape.count..<shape.count {
                let expected = Plain(x).alongAxis(axis) { line in
                    var sum = 0.0
                    return line.map {
                        sum += $0
                        return sum
                    }
                }
                #expect(
                    mismatch(x.cumulativeSum(axis: axis), expected, tolerance: 1e-6) == nil,
                    "\(shape) axis \(axis)")
            }
        }
    }

    @Test func broadcastsAreSummedBack() {
        let x = Tensor(0..<24, shape: [2, 3, 4])
        #expect(x.summed(to: [3, 1]).scalars == [60, 92, 124])
        #expect(x.summed(to: []).item() == 276)
        #expect(x.summed(to: [1, 1, 4]).shape == [1, 1, 4])
        #expect(x.summed(to: [2, 3, 4]).storage === x.storage)
    }
}
