import CMiniKernels
import Foundation
import Testing

/// y = f(x): the kernel, its definition in double, where to sample it and how far off it may be.
struct UnaryKernel: CustomTestStringConvertible, Sendable {
    enum Samples {
        case uniform(ClosedRange<Float>)
        case logarithmic(ClosedRange<Float>)
    }

    let name: String
    let path: any KeyPath<mini_kernels, mini_unary> & Sendable
    let bound: Double
    let samples: [Samples]
    /// Arguments and what they must give.
    let special: KeyValuePairs<Float, Float>
    let reference: @Sendable (Double) -> Double

    init(
        _ name: String, _ path: any KeyPath<mini_kernels, mini_unary> & Sendable,
        ulps bound: Double,
        _ samples: [Samples] = [.uniform(-100...100), .logarithmic(1e-30...1e30)],
        special: KeyValuePairs<Float, Float>, _ reference: @escaping @Sendable (Double) -> Double
    ) {
        (self.name, self.path, self.bound) = (name, path, bound)
        (self.samples, self.special, self.reference) = (samples, special, reference)
    }

    var testDescription: String { name }

    /// 20,000 numbers of each kind of sample.
    func inputs() -> [Float] {
        var numbers = Numbers(seed: 1)
        return samples.flatMap { sample in
            switch sample {
            case .uniform(let range): numbers.uniform(20_000, range)
            case .logarithmic(let range): numbers.logarithmic(20_000, range)
            }
        }
    }

    // The bounds are the worst errors found over all floats (README.md of the target), rounded up.
    static let all: [UnaryKernel] = [
        .init("negate", \.negate, ulps: 0, special: [0: -0.0, .infinity: -.infinity]) { -$0 },
        .init("absolute", \.absolute, ulps: 0, special: [-0.0: 0, -.infinity: .infinity]) {
            abs($0)
        },
        .init(
            "square", \.square, ulps: 0.5, [.uniform(-100...100)], special: [-.infinity: .infinity]
        ) { $0 * $0 },
        .init(
            "reciprocal", \.reciprocal, ulps: 0.5,
            special: [0: .infinity, -0.0: -.infinity, .infinity: 0]
        ) { 1 / $0 },
        .init(
            "square root", \.square_root, ulps: 0.5, [.logarithmic(.leastNonzeroMagnitude...3e38)],
            special: [0: 0, -0.0: -0.0, .infinity: .infinity, -1: .nan]
        ) { $0.squareRoot() },
        .init("relu", \.relu, ulps: 0, special: [0: 0, -.infinity: 0, .infinity: .infinity]) {
            max($0, 0)
        },
        .init(
            "exp", \.exp, ulps: 1.05, [.uniform(-87.3...88.7), .uniform(-1...1)],
            special: [
                0: 1, -0.0: 1, .infinity: .infinity, -.infinity: 0, 88.8: .infinity,
                1e30: .infinity, -1e30: 0,
                // Results below the normal numbers are flushed to 0.
                -87.4: 0, -104: 0,
            ]
        ) { Foundation.exp($0) },
        .init(
            "log", \.log, ulps: 0.85,
            [.uniform(0.3...3), .logarithmic(.leastNonzeroMagnitude...3e38)],
            special: [
                0: -.infinity, -0.0: -.infinity, .infinity: .infinity, 1: 0, -1: .nan,
                -.infinity: .nan, -.leastNonzeroMagnitude: .nan,
            ]
        ) { Foundation.log($0) },
        .init(
            "tanh", \.tanh, ulps: 2.7, [.uniform(-10...10), .logarithmic(1e-30...1)],
            special: [0: 0, -0.0: -0.0, .infinity: 1, -.infinity: -1, 50: 1, -50: -1]
        ) { Foundation.tanh($0) },
        .init(
            "sigmoid", \.sigmoid, ulps: 2.5, [.uniform(-87...20), .uniform(-3...3)],
            special: [0: 0.5, .infinity: 1, -.infinity: 0, 100: 1]
        ) { 1 / (1 + Foundation.exp(-$0)) },
        .init(
            "sine", \.sine, ulps: 1.6, [.uniform(-1000...1000), .logarithmic(1e-30...1e8)],
            special: [0: 0, .infinity: .nan, -.infinity: .nan]
        ) { Foundation.sin($0) },
        .init(
            "cosine", \.cosine, ulps: 1.6, [.uniform(-1000...1000), .logarithmic(1e-30...1e8)],
            special: [0: 1, .infinity: .nan, -.infinity: .nan]
        ) { Foundation.cos($0) },
        .init(
            "gelu", \.gelu, ulps: 3.5,
            [.uniform(-13.1...10), .uniform(-2...2), .logarithmic(1e-30...1)],
            special: [0: 0, .infinity: .infinity, -.infinity: 0, -20: 0, 20: 20]
        ) { $0 / 2 * erfc(-$0 * 0.5.squareRoot()) },
        .init(
            "gelu tanh", \.gelu_tanh, ulps: 2.5,
            [.uniform(-10...10), .uniform(-2...2), .logarithmic(1e-30...1)],
            special: [0: 0, .infinity: .infinity, -.infinity: -0.0, -20: -0.0, 20: 20]
        ) {
            let scale = (8 / Double.pi).squareRoot()
            return $0 / (1 + Foundation.exp(-scale * ($0 + 0.044715 * $0 * $0 * $0)))
        },
        .init(
            "silu", \.silu, ulps: 3.5,
            [.uniform(-87...20), .uniform(-3...3), .logarithmic(1e-30...1)],
            special: [0: 0, .infinity: .infinity, -.infinity: -0.0, -100: -0.0, 100: 100]
        ) { $0 / (1 + Foundation.exp(-$0)) },
    ]
}

/// Runs a unary kernel from guarded memory into guarded memory.
func run(_ kernel: mini_unary, _ x: [Float], offset: Int = 0) -> [Float] {
    let input = GuardedArray(x, offset: offset)
    let output = GuardedArray(count: x.count, offset: offset / 2)
    input.withPointer { x in output.withPointer { y in kernel(x, y, input.count) } }
    #expect(same(input.values(), x), "The kernel changed its input.")
    return output.values()
}

@Suite("Unary kernels")
struct UnaryKernelTests {
    @Test(
        "A result is within its bound of the double reference",
        arguments: InstructionSet.available, UnaryKernel.all)
    func accuracy(set: InstructionSet, function: UnaryKernel) {
        let x = function.inputs()
        let y = run(set.kernels[keyPath: function.path], x)
        let worst = worstUlps(y, from: x.map { function.reference(Double($0)) })
        #expect(worst <= function.bound, "\(function.name) on \(set)")
    }

    @Test("Special values", arguments: InstructionSet.available, UnaryKernel.all)
    func specialValues(set: InstructionSet, function: UnaryKernel) {
        let kernel = set.kernels[keyPath: function.path]
        // Each one among ordinary neighbours, at every place in a vector and in the rest.
        for (x, y) in function.special.map({ ($0, $1) }) + [(.nan, .nan)] {
            for place in 0..<19 {
                var input = [Float](repeating: 0.5, count: 19)
                input[place] = x
                let result = run(kernel, input)
                #expect(same([result[place]], [y]), "\(function.name)(\(x)) = \(result[place])")
                #expect(result[(place + 1) % 19] == run(kernel, [0.5])[0])
            }
        }
    }

    @Test(
        "A result does not depend on length, place or alignment, and stays inside its output",
        arguments: InstructionSet.available, UnaryKernel.all)
    func positions(set: InstructionSet, function: UnaryKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 2)
        let x = numbers.uniform(1000, -4...4)
        let alone = x.flatMap { run(kernel, [$0]) }
        for count in lengths {
            for offset in [0, 1, 3, 6] {
                let part = Array(x.suffix(count))
                #expect(same(run(kernel, part, offset: offset), Array(alone.suffix(count))))
            }
        }
    }

    @Test("The output may be the input", arguments: InstructionSet.available, UnaryKernel.all)
    func inPlace(set: InstructionSet, function: UnaryKernel) {
        let kernel = set.kernels[keyPath: function.path]
        var numbers = Numbers(seed: 3)
        for count in lengths {
            let x = numbers.uniform(count, -4...4)
            let buffer = GuardedArray(x, offset: 1)
            buffer.withPointer { kernel($0, $0, count) }
            #expect(same(buffer.values(), run(kernel, x)))
        }
    }
}
