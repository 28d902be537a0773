import Foundation
import Testing

@testable import MiniTensor

/// One operation of two tensors, and the same of two numbers.
struct BinaryOperation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensors: @Sendable (Tensor, Tensor) -> Tensor
    let numbers: @Sendable (Double, Double) -> Double
    var tolerance = 0.0

    init(
        _ name: String, tolerance: Double = 0,
        _ tensors: @escaping @Sendable (Tensor, Tensor) -> Tensor,
        _ numbers: @escaping @Sendable (Double, Double) -> Double
    ) {
        testDescription = name
        self.tolerance = tolerance
        (self.tensors, self.numbers) = (tensors, numbers)
    }

    /// Basic arithmetic rounds once: the `Double` result, rounded, is the `Float` result.
    static let arithmetic: [BinaryOperation] = [
        BinaryOperation("+", { $0 + $1 }, { $0 + $1 }),
        BinaryOperation("-", { $0 - $1 }, { $0 - $1 }),
        BinaryOperation("*", { $0 * $1 }, { $0 * $1 }),
        BinaryOperation("/", { $0 / $1 }, { $0 / $1 }),
        BinaryOperation("maximum", { maximum($0, $1) }, { Swift.max($0, $1) }),
        BinaryOperation("minimum", { minimum($0, $1) }, { Swift.min($0, $1) }),
        BinaryOperation("pow", tolerance: 4e-7, { pow($0, $1) }, { Foundation.pow($0, $1) }),
    ]

    static let comparisons: [BinaryOperation] = [
        BinaryOperation(".==", { $0 .== $1 }, { $0 == $1 ? 1 : 0 }),
        BinaryOperation(".!=", { $0 .!= $1 }, { $0 != $1 ? 1 : 0 }),
        BinaryOperation(".<", { $0 .< $1 }, { $0 < $1 ? 1 : 0 }),
        BinaryOperation(".<=", { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
        BinaryOperation(".>", { $0 .> $1 }, { $0 > $1 ? 1 : 0 }),
        BinaryOperation(".>=", { $0 .>= $1 }, { $0 >= $1 ? 1 : 0 }),
    ]
}

/// Shapes that meet all the ways through the code: scalars, empty axes, axes of one element, sizes
/// that are no multiple of a vector, rows longer than the gathering buffer.
let broadcastingPairs: [([Int], [Int])] = [
    ([], []), ([], [3, 4]), ([3, 1], [1, 4]), ([5, 1, 7], [6, 7]), ([2, 3, 4], [4]),
    ([0, 3], [1, 3]), ([1], [0]), ([17], [17]), ([3, 50], [3, 50]), ([1, 1], [4, 5]),
    ([2, 1, 3, 1], [4, 1, 5]), ([2, 1_100], [2, 1_100]),
]

@Suite struct ArithmeticTests {
    @Test(arguments: BinaryOperation.arithmetic)
    func anyTwoLayoutsBroadcast(operation: BinaryOperation) {
        var generator = SplitMix64(seed: 21)
        for (aShape, bShape) in broadcastingPairs {
            for first in Arrangement.allCases {
                for second in Arrangement.allCases {
                    let a = first.tensor(.random(aShape, in: 0.5...2, using: &generator))
                    let b = second.tensor(.random(bShape, in: 0.5...2, using: &generator))
                    let complaint = mismatch(
                        operation.tensors(a, b),
                        Plain(a).combined(with: Plain(b), operation.numbers),
                        tolerance: operation.tolerance)
                    #expect(complaint == nil, "\(first) \(aShape), \(second) \(bShape)")
                }
            }
        }
    }

    @Test(arguments: BinaryOperation.arithmetic)
    func largeTensorsAreDividedAmongThreads(operation: BinaryOperation) {
        var generator = SplitMix64(seed: 22)
        let shapes: [([Int], [Int])] = [
            ([331, 337], [331, 337]), ([331, 337], [337]), ([331, 337], [331, 1]),
            ([120_001], [1]),
        ]
        for (aShape, bShape) in shapes {
            for arrangement in [Arrangement.contiguous, .transposed, .stepped] {
                let a = arrangement.tensor(.random(aShape, in: 0.5...2, using: &generator))
                let b = Plain.random(bShape, in: 0.5...2, using: &generator)
                let complaint = mismatch(
                    operation.tensors(a, b.tensor), Plain(a).combined(with: b, operation.numbers),
                    tolerance: operation.tolerance)
                #expect(complaint == nil, "\(arrangement) \(aShape), \(bShape)")
            }
        }
    }

    @Test(arguments: Arrangement.allCases)
    func aNumberOnEitherSideIsLikeAScalar(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 23)
        for shape in [[], [7], [3, 5], [0, 2], [2, 3, 19]] {
            let x = arrangement.tensor(.random(shape, in: 0.5...2, using: &generator))
            let p = Plain(x)
            let s: Float = 1.25
            #expect(mismatch(x + s, p.map { $0 + 1.25 }) == nil)
            #expect(mismatch(s + x, p.map { $0 + 1.25 }) == nil)
            #expect(mismatch(x - s, p.map { $0 - 1.25 }) == nil)
            #expect(mismatch(s - x, p.map { 1.25 - $0 }) == nil)
            #expect(mismatch(x * s, p.map { $0 * 1.25 }) == nil)
            #expect(mismatch(s * x, p.map { $0 * 1.25 }) == nil)
            #expect(mismatch(x / s, p.map { $0 / 1.25 }, tolerance: 1.2e-7) == nil)
            #expect(mismatch(s / x, p.map { 1.25 / $0 }) == nil)
            #expect(mismatch(-x, p.map { -$0 }) == nil)
            #expect(mismatch(maximum(x, s), p.map { max($0, 1.25) }) == nil)
            #expect(mismatch(minimum(x, s), p.map { min($0, 1.25) }) == nil)
            #expect(mismatch(pow(x, s), p.map { Foundation.pow($0, 1.25) }, tolerance: 4e-7) == nil)
            #expect(mismatch(pow(s, x), p.map { Foundation.pow(1.25, $0) }, tolerance: 4e-7) == nil)
        }
    }

    @Test func updatesInPlaceBroadcastTheOther() {
        var x = Tensor(0..<6, shape: [2, 3])
        let original = x
        x += Tensor([10, 20, 30])
        x -= Tensor(1)
        x *= [[1], [2]]
        x /= Tensor(2)
        x *= 4
        #expect(x.scalars == [18, 40, 62, 48, 92, 136])
        #expect(original.scalars == [0, 1, 2, 3, 4, 5])
    }

    @Test func notANumberSpreads() {
        let x = Tensor([1, .nan, 3])
        #expect((x + 1).scalars[1].isNaN)
        #expect(maximum(x, Tensor(0)).scalars[1].isNaN && minimum(Tensor(0), x).scalars[1].isNaN)
        #expect(maximum(x, 0).scalars[1].isNaN && minimum(x, 0).scalars[1].isNaN)
        #expect(relu(x).scalars[1].isNaN)
        #expect((x * 0).scalars[1].isNaN)
    }
}

@Suite struct ComparisonTests {
    @Test(arguments: BinaryOperation.comparisons)
    func anyTwoLayoutsAreCompared(operation: BinaryOperation) {
        var generator = SplitMix64(seed: 24)
        for (aShape, bShape) in broadcastingPairs {
            for first in Arrangement.allCases {
                for second in [Arrangement.contiguous, .transposed, .reversed] {
                    // Few different numbers, so that many are equal.
                    let a = first.tensor(
                        .random(aShape, in: 0...3, using: &generator).map { $0.rounded() })
                    let b = second.tensor(
                        .random(bShape, in: 0...3, using: &generator).map { $0.rounded() })
                    let complaint = mismatch(
                        operation.tensors(a, b),
                        Plain(a).combined(with: Plain(b), operation.numbers))
                    #expect(complaint == nil, "\(first) \(aShape), \(second) \(bShape)")
                }
            }
        }
    }

    @Test func aNumberIsComparedWithEveryElement() {
        let x = Tensor([1, 2, 3])
        #expect((x .== 2).scalars == [0, 1, 0])
        #expect((x .!= 2).scalars == [1, 0, 1])
        #expect((x .< 2).scalars == [1, 0, 0])
        #expect((x .<= 2).scalars == [1, 1, 0])
        #expect((x .> 2).scalars == [0, 0, 1])
        #expect((x .>= 2).scalars == [0, 1, 1])
        #expect((x[.stride(by: -1)] .> 2).scalars == [1, 0, 0])
    }

    @Test func notANumberEqualsNothing() {
        let x = Tensor([.nan])
        #expect((x .== x).item() == 0 && (x .!= x).item() == 1)
        #expect((x .< 1).item() == 0 && (x .>= 1).item() == 0 && (x .> x).item() == 0)
    }

    @Test(arguments: Arrangement.allCases)
    func whereChoosesByTheMask(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 25)
        let shapes: [([Int], [Int], [Int])] = [
            ([3, 4], [3, 4], [3, 4]), ([4], [3, 4], []), ([3, 1], [1, 4], [2, 1, 1]),
            ([], [5], [5]),
            ([0], [1], [0]), ([300, 401], [401], [300, 1]),
        ]
        for (maskShape, aShape, bShape) in shapes {
            let mask = arrangement.tensor(
                .random(maskShape, in: 0...1, using: &generator).map { $0 > 0.5 ? $0 : 0 })
            let a = arrangement.tensor(.random(aShape, using: &generator))
            let b = arrangement.tensor(.random(bShape, using: &generator))
            let ones = Plain(mask).combined(with: Plain(a)) { $0 != 0 ? $1 : .infinity }
            let expected = ones.combined(with: Plain(b)) { $0 == .infinity ? $1 : $0 }
            #expect(
                mismatch(`where`(mask, a, b), expected) == nil, "\(maskShape) \(aShape) \(bShape)")
        }
    }

    @Test func maskedElementsCanBeFilled() {
        let x = Tensor(0..<4, shape: [2, 2])
        #expect(x.filled(where: x .> 1, with: -9).scalars == [0, 1, -9, -9])
        #expect(
            x.filled(where: Tensor([1, 0]), with: .infinity).scalars == [
                .infinity, 1, .infinity, 3,
            ])
    }
}

@Suite struct PowerDerivativeTests {
    /// The limits of the derivatives, as in PyTorch, where their formula says 0 · ∞.
    @Test func thePowersOfZeroHaveDerivatives() {
        let base = Tensor([0, 0, 0, 2, 0]), exponent = Tensor([0, 1, 2, 0, 3])
        let (a, b) = gradient(at: base, exponent) { pow($0, $1).sum() }
        #expect(a.scalars == [0, 1, 0, 0, 0])
        #expect(mismatch(b, Tensor([0, 0, 0, Float(0.6931472), 0]), tolerance: 1e-6) == nil)
        #expect(gradient(at: Tensor([0, 3, -2])) { pow($0, 0).sum() }.scalars == [0, 0, 0])
        #expect(gradient(at: Tensor([0, 3])) { pow($0, 1).sum() }.scalars == [1, 1])
        #expect(gradient(at: Tensor([0, 1, 2])) { pow(0, $0).sum() }.scalars == [0, 0, 0])
    }

    @Test func whatHasNoDerivativeHasNone() {
        // √0 rises infinitely fast; 0 to a negative power is infinite.
        #expect(gradient(at: Tensor([0])) { pow($0, 0.5).sum() }.item() == .infinity)
        #expect(gradient(at: Tensor([-1])) { pow(0, $0).sum() }.item() == -.infinity)
        #expect(gradient(at: Tensor([.nan])) { pow($0, 2).sum() }.item().isNaN)
    }

    @Test func broadcastPowersAreMaskedWhereTheyAreZero() {
        let base = Tensor([0, 2], shape: [2, 1]), exponent = Tensor([0, 1, 3])
        let (a, b) = gradient(at: base, exponent) { pow($0, $1).sum() }
        #expect(mismatch(a, Tensor([1, 13], shape: [2, 1]), tolerance: 1e-6) == nil)
        let logarithm = Float(0.6931472)
        let expected = Tensor([logarithm, 2 * logarithm, 8 * logarithm])
        #expect(mismatch(b, expected, tolerance: 1e-6) == nil)
    }
}
