import CMiniKernels
import Foundation
import Testing

/// y = f(a, b): the kernel, what it must give, and by how much it may be off.
struct BinaryKernel: CustomTestStringConvertible, Sendable {
    let name: String
    let path: any KeyPath<mini_kernels, mini_binary> & Sendable
    var bound = 0.5
    let reference: @Sendable (Double, Double) -> Double

    var testDescription: String { name }

    static let all: [BinaryKernel] = [
        .init(name: "add", path: \.add) { $0 + $1 },
        .init(name: "subtract", path: \.subtract) { $0 - $1 },
        .init(name: "multiply", path: \.multiply) { $0 * $1 },
        .init(name: "divide", path: \.divide) { $0 / $1 },
        .init(name: "power", path: \.power, bound: 0.501) { pow($0, $1) },
        .init(name: "maximum", path: \.maximum) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) },
        .init(name: "minimum", path: \.minimum) { $0.isNaN || $1.isNaN ? .nan : min($0, $1) },
        .init(name: "equal", path: \.equal) { $0 == $1 ? 1 : 0 },
        .init(name: "not equal", path: \.not_equal) { $0 != $1 ? 1 : 0 },
        .init(name: "less", path: \.less) { $0 < $1 ? 1 : 0 },
        .init(name: "less or equal", path: \.less_equal) { $0 <= $1 ? 1 : 0 },
    ]
}

/// y = f(a, s) with a number s.
struct ScalarKernel: CustomTestStringConvertible, Sendable {
    let name: String
    let path: any KeyPath<mini_kernels, mini_scalar> & Sendable
    var bound = 0.5
    let reference: @Sendable (Double, Double) -> Double

    var testDescription: String { name }

    static let all: [ScalarKernel] = [
        .init(name: "a + s", path: \.add_scalar) { $0 + $1 },
        .init(name: "a · s", path: \.multiply_scalar) { $0 * $1 },
        .init(name: "a / s", path: \.divide_scalar) { $0 / $1 },
        .init(name: "a ^ s", path: \.power_scalar, bound: 0.501) { pow($0, $1) },
        .init(name: "max(a, s)", path: \.maximum_scalar) {
            $0.isNaN || $1.isNaN ? .nan : max($0, $1)
        },
        .init(name: "min(a, s)", path: \.minimum_scalar) {
            $0.isNaN || $1.isNaN ? .nan : min($0, $1)
        },
        .init(name: "s − a", path: \.subtract_from_scalar) { $1 - $0 },
        .init(name: "s / a", path: \.divide_scalar_by) { $1 / $0 },
        .init(name: "s ^ a", path: \.scalar_power, bound: 0.501) { pow($1, $0) },
        .init(name: "a == s", path: \.equal_scalar) { $0 == $1 ? 1 : 0 },
        .init(name: "a != s", path: \.not_equal_scalar) { $0 != $1 ? 1 : 0 },
        .init(name: "a < s", path: \.less_scalar) { $0 < $1 ? 1 : 0 },
        .init(name: "a <= s", path: \.less_equal_scalar) { $0 <= $1 ? 1 : 0 },
        .init(name: "a > s", path: \.greater_scalar) { $0 > $1 ? 1 : 0 },
        .init(name: "a >= s", path: \.greater_equal_scalar) { $0 >= $1 ? 1 : 0 },
    ]
}

/// Runs a binary kernel from guarded memory into guarded memory.
func run(_ kernel: mini_binary, _ a: [Float], _ b: [Float], offset: Int = 0) -> [Float] {
    precondition(a.count == b.count, "A binary kernel needs two inputs of one length.")
    let first = GuardedArray(a, offset: offset), second = GuardedArray(b, offset: offset / 2)
    let output = GuardedArray(count: a.count, offset: offset / 3)
    first.withPointer { a in
        second.withPointer { b in output.withPointer { y in kernel(a, b, y, first.count) } }
    }
    #expect(same(first.values(), a) && same(second.values(), b), "The kernel changed an input.")
    return output.values()
}

/// Runs a kernel with a number from guarded memory into guarded memory.
func run(_ kernel: mini_scalar, _ a: [Float], _ s: Float, offset: Int = 0) -> [Float] {
    let input = GuardedArray(a, offset: offset)
    let output = GuardedArray(count: a.count, offset: offset / 2)
    input.withPointer { a in output.withPointer { y in kernel(a, s, y, input.count) } }
    #expect(same(input.values(), a), "The kernel changed its input.")
    return output.values()
}

/// Every pair of these is tried: zeros, infinities, NaN, bounds, odd, even and broken numbers.
private let notable: [Float] = [
    0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, -2.5, .infinity, -.infinity, .nan,
    .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, 16_777_215,
    16_777_216, -16_777_215, 1e10, 0.1, -0.1, 40, -40,
]

@Suite("Binary and scalar kernels")
struct BinaryKernelTests {
    @Test(
        "A result is within its bound of the double reference, special values included",
        arguments: InstructionSet.available, BinaryKernel.all)
    func accuracy(set: InstructionSet, function: BinaryKernel) {
        var numbers = Numbers(seed: 4)
        let a =
            notable.flatMap { [Float](repeating: $0, count: notable.count) }
            + numbers.logarithmic(5000, 1e-30...1e30) + numbers.uniform(5000)
        let b = notable.flatMap { _ in notable } + numbers.uniform(10_000)
        let y = run(set.kernels[keyPath: function.path], a, b)
        for ((a, b), y) in zip(zip(a, b), y) {
            let expected = function.reference(Double(a), Double(b))
            #expect(
                ulps(y, from: expected) <= function.bound, "\(function.name)(\(a), \(b)) = \(y)")
        }
    }

    @Test(
        "A number as the second operand is the same as an array of it",
        arguments: InstructionSet.available, ScalarKernel.all)
    func scalars(set: InstructionSet, function: ScalarKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 5)
        let a = notable + numbers.uniform(300) + numbers.logarithmic(300, 1e-30...1e30)
        for s in notable {
            for (a, y) in zip(a, run(kernel, a, s)) {
                let expected = function.reference(Double(a), Double(s))
                #expect(
                    ulps(y, from: expected) <= function.bound,
                    "\(function.name) of \(a), \(s) = \(y)")
            }
        }
    }

    @Test(
        "Powers of a sign: odd exponents keep it, zeros and infinities follow the C library",
        arguments: InstructionSet.available)
    func signedPowers(set: InstructionSet) {
        let pairs = notable.flatMap { a in notable.map { (a, $0) } }
        let y = run(set.kernels.power, pairs.map(\.0), pairs.map(\.1))
        for (pair, y) in zip(pairs, y) where !y.isNaN {
            let expected = pow(Double(pair.0), Double(pair.1))
            #expect(y.sign == expected.sign, "\(pair.0) ^ \(pair.1) = \(y)")
        }
    }

    @Test(
        "A result does not depend on length, place or alignment, and stays inside its output",
        arguments: InstructionSet.available, BinaryKernel.all)
    func positions(set: InstructionSet, function: BinaryKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 6)
        let a = numbers.uniform(1000), b = numbers.uniform(1000)
        let alone = zip(a, b).flatMap { run(kernel, [$0], [$1]) }
        for count in lengths {
            for offset in [0, 1, 5] {
                let y = run(kernel, Array(a.suffix(count)), Array(b.suffix(count)), offset: offset)
                #expect(same(y, Array(alone.suffix(count))))
            }
        }
    }

    @Test(
        "A result with a number does not depend on length, place or alignment",
        arguments: InstructionSet.available, ScalarKernel.all)
    func scalarPositions(set: InstructionSet, function: ScalarKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 7)
        let a = numbers.uniform(1000)
        let alone = a.flatMap { run(kernel, [$0], 1.7) }
        for count in lengths {
            for offset in [0, 1, 5] {
                let y = run(kernel, Array(a.suffix(count)), 1.7, offset: offset)
                #expect(same(y, Array(alone.suffix(count))))
            }
        }
    }

    @Test("The output may be either input", arguments: InstructionSet.available, BinaryKernel.all)
    func inPlace(set: InstructionSet, function: BinaryKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 8)
        for count in lengths {
            let a = numbers.uniform(count), b = numbers.uniform(count)
            let expected = run(kernel, a, b)
            let first = GuardedArray(a), second = GuardedArray(b, offset: 1)
            GuardedArray(a).withPointer { a in
                second.withPointer { b in kernel(a, b, b, count) }
            }
            #expect(same(second.values(), expected))
            GuardedArray(b).withPointer { b in
                first.withPointer { a in kernel(a, b, a, count) }
            }
            #expect(same(first.values(), expected))
        }
    }

    @Test("With a number, the output may be the input", arguments: InstructionSet.available)
    func scalarInPlace(set: InstructionSet) {
        var numbers = Numbers(seed: 9)
        for function in ScalarKernel.all {
            let kernel = set.kernels[keyPath: function.path]
            for count in lengths {
                let a = numbers.uniform(count)
                let buffer = GuardedArray(a)
                buffer.withPointer { kernel($0, 0.3, $0, count) }
                #expect(same(buffer.values(), run(kernel, a, 0.3)), "\(function.name)")
            }
        }
    }
}
