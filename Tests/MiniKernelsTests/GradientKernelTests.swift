import CMiniKernels
import Foundation
import Testing

/// dx = dy·f'(…): the derivative from the input x or the output y, in double.
struct GradientKernel: CustomTestStringConvertible, Sendable {
    let name: String
    let path: any KeyPath<mini_kernels, mini_binary> & Sendable
    /// The values that the kernel is given: inputs, or outputs of the function.
    let range: ClosedRange<Float>
    /// The largest error of the derivative in units of 2^−24: derivatives cross 0, where an error
    /// relative to them would say nothing.
    let bound: Double
    let derivative: @Sendable (Double) -> Double

    var testDescription: String { name }

    private static func normalDensity(_ x: Double) -> Double {
        exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    }

    static let all: [GradientKernel] = [
        .init(name: "relu", path: \.relu_gradient, range: -3...3, bound: 0) { $0 > 0 ? 1 : 0 },
        .init(name: "gelu", path: \.gelu_gradient, range: -14...14, bound: 2.5) {
            erfc(-$0 * 0.5.squareRoot()) / 2 + $0 * normalDensity($0)
        },
        .init(name: "gelu tanh", path: \.gelu_tanh_gradient, range: -14...14, bound: 4) { x in
            let scale = (8 / Double.pi).squareRoot()
            let sigmoid = 1 / (1 + exp(-scale * (x + 0.044715 * x * x * x)))
            return sigmoid
                + x * sigmoid * (1 - sigmoid) * scale * (1 + 3 * 0.044715 * x * x)
        },
        .init(name: "silu", path: \.silu_gradient, range: -14...14, bound: 4) { x in
            let sigmoid = 1 / (1 + exp(-x))
            return sigmoid + x * sigmoid * (1 - sigmoid)
        },
        .init(name: "tanh", path: \.tanh_gradient, range: -1...1, bound: 2) { 1 - $0 * $0 },
        .init(name: "sigmoid", path: \.sigmoid_gradient, range: 0...1, bound: 1) { $0 * (1 - $0) },
    ]
}

@Suite("Derivative kernels")
struct GradientKernelTests {
    @Test(
        "A derivative is within its bound of the double reference",
        arguments: InstructionSet.available, GradientKernel.all)
    func accuracy(set: InstructionSet, function: GradientKernel) {
        var numbers = Numbers(seed: 10)
        let x = numbers.uniform(20_000, function.range)
        let dy = numbers.uniform(20_000, -2...2)
        let dx = run(set.kernels[keyPath: function.path], x, dy)
        var worst = 0.0
        for ((x, dy), dx) in zip(zip(x, dy), dx) {
            let expected = function.derivative(Double(x)) * Double(dy)
            worst = max(worst, abs(Double(dx) - expected) / Double(abs(dy)) * 0x1p24)
        }
        #expect(worst <= function.bound, "\(function.name) on \(set)")
    }

    @Test("Far out, the derivative of a GELU is 0 or 1", arguments: InstructionSet.available)
    func saturation(set: InstructionSet) {
        let x: [Float] = [-.infinity, -1e30, -100, -20, 20, 100, 1e30, .infinity]
        let dy = [Float](repeating: 3, count: x.count)
        let expected: [Float] = [0, 0, 0, 0, 3, 3, 3, 3]
        let kernels = set.kernels
        for kernel in [kernels.gelu_gradient, kernels.gelu_tanh_gradient, kernels.relu_gradient] {
            for (got, want) in zip(run(kernel, x, dy), expected) {
                #expect(abs(got - want) < 1e-30)
            }
        }
        #expect(run(kernels.gelu_gradient, [.nan], [1])[0].isNaN)
        #expect(run(kernels.gelu_tanh_gradient, [.nan], [1])[0].isNaN)
    }

    @Test("The derivative of ReLU at 0 is 0", arguments: InstructionSet.available)
    func reluAtZero(set: InstructionSet) {
        #expect(run(set.kernels.relu_gradient, [0, -0.0], [5, 5]) == [0, 0])
    }

    @Test(
        "A result does not depend on length, place or alignment; the output may be an input",
        arguments: InstructionSet.available, GradientKernel.all)
    func positions(set: InstructionSet, function: GradientKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 11)
        let x = numbers.uniform(1000, function.range), dy = numbers.uniform(1000)
        let alone = zip(x, dy).flatMap { run(kernel, [$0], [$1]) }
        for count in lengths {
            let partX = Array(x.suffix(count)), partDy = Array(dy.suffix(count))
            let expected = Array(alone.suffix(count))
            for offset in [0, 1, 5] {
                #expect(same(run(kernel, partX, partDy, offset: offset), expected))
            }
            let gradient = GuardedArray(partDy), input = GuardedArray(partX)
            input.withPointer { x in gradient.withPointer { kernel(x, $0, $0, count) } }
            #expect(same(gradient.values(), expected))
        }
    }
}
