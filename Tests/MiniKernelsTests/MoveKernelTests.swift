import CMiniKernels
import Testing

@Suite("Moves: fill, select, scale and add, strides, transpose")
struct MoveKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.select, \.fill, \.scale_add, \.multiply_add, \.gather_strided, \.scatter_add_strided,
        \.transpose,
    ]

    @Test("Fill writes the number everywhere and nothing else", arguments: InstructionSet.available)
    func fill(set: InstructionSet) {
        for count in lengths {
            for offset in [0, 1, 5] {
                let output = GuardedArray(count: count, offset: offset)
                output.withPointer { set.kernels.fill(2.5, $0, count) }
                #expect(output.values() == [Float](repeating: 2.5, count: count))
            }
        }
    }

    @Test(
        "Select takes a where the mask is not 0; NaN is not 0", arguments: InstructionSet.available)
    func select(set: InstructionSet) {
        var numbers = Numbers(seed: 20)
        for count in lengths {
            let choices: [Float] = [0, -0.0, 1, -2, .nan, .leastNonzeroMagnitude]
            let mask = (0..<count).map { _ in choices.randomElement(using: &numbers)! }
            let a = numbers.uniform(count), b = numbers.uniform(count)
            let (m, x, z) = (GuardedArray(mask), GuardedArray(a, offset: 1), GuardedArray(b))
            let y = GuardedArray(count: count, offset: 3)
            m.withPointer { m in
                x.withPointer { x in
                    z.withPointer { z in y.withPointer { set.kernels.select(m, x, z, $0, count) } }
                }
            }
            let expected = (0..<count).map { mask[$0] != 0 ? a[$0] : b[$0] }
            #expect(same(y.values(), expected))
        }
    }

    @Test(
        "y = alpha·x + beta·y; beta 0 does not read y",
        arguments: InstructionSet.available,
        [(1, 1), (2, -0.5), (-1.5, 0), (0, 1)] as [(Float, Float)])
    func scaleAdd(set: InstructionSet, factors: (Float, Float)) {
        let (alpha, beta) = factors
        var numbers = Numbers(seed: 21)
        for count in lengths {
            let x = numbers.uniform(count)
            let y =
                beta == 0 ? [Float](repeating: .nan, count: count) : numbers.uniform(count)
            let (input, output) = (GuardedArray(x, offset: 1), GuardedArray(y, offset: 2))
            input.withPointer { x in
                output.withPointer { set.kernels.scale_add(alpha, x, beta, $0, count) }
            }
            for (got, (x, y)) in zip(output.values(), zip(x, y)) {
                let exact = Double(alpha) * Double(x) + (beta == 0 ? 0 : Double(beta) * Double(y))
                #expect(abs(Double(got) - exact) <= 1e-6)
            }
        }
    }

    @Test("y += a·b, also when y is a", arguments: InstructionSet.available)
    func multiplyAdd(set: InstructionSet) {
        var numbers = Numbers(seed: 22)
        for count in lengths {
            let a = numbers.uniform(count), b = numbers.uniform(count), y = numbers.uniform(count)
            let (first, second) = (GuardedArray(a, offset: 1), GuardedArray(b, offset: 2))
            let output = GuardedArray(y)
            first.withPointer { a in
                second.withPointer { b in
                    output.withPointer { set.kernels.multiply_add(a, b, $0, count) }
                }
            }
            for (got, (y, (a, b))) in zip(output.values(), zip(y, zip(a, b))) {
                #expect(abs(Double(got) - (Double(y) + Double(a) * Double(b))) <= 2e-6)
            }
            first.withPointer { a in
                second.withPointer { b in set.kernels.multiply_add(a, b, a, count) }
            }
            for (got, (a, b)) in zip(first.values(), zip(a, b)) {
                #expect(abs(Double(got) - Double(a) * (1 + Double(b))) <= 2e-6)
            }
        }
    }

    @Test(
        "Gather reads every stride-th element, forwards, backwards and in place",
        arguments: InstructionSet.available, [-3, -1, 0, 1, 2, 7])
    func gather(set: InstructionSet, stride: Int) {
        for count in lengths {
            let span = max(0, count - 1) * abs(stride) + (count > 0 ? 1 : 0)
            let x = (0..<span).map(Float.init)
            let (input, output) = (GuardedArray(x), GuardedArray(count: count, offset: 1))
            let first = stride < 0 ? max(0, span - 1) : 0
            input.withPointer { x in
                output.withPointer { set.kernels.gather_strided(x + first, stride, $0, count) }
            }
            #expect(output.values() == (0..<count).map { Float(first + $0 * stride) })
        }
    }

    @Test(
        "Scatter adds to every stride-th element; with stride 0 to the first",
        arguments: InstructionSet.available, [-3, -1, 0, 1, 2, 7])
    func scatter(set: InstructionSet, stride: Int) {
        for count in lengths {
            let span = max(0, count - 1) * abs(stride) + (count > 0 ? 1 : 0)
            let y = (0..<span).map { Float($0) * 0.5 }
            let x = (0..<count).map { Float($0 + 1) }
            var expected = y
            let first = stride < 0 ? max(0, span - 1) : 0
            for i in 0..<count { expected[first + i * stride] += x[i] }
            let (input, output) = (GuardedArray(x, offset: 1), GuardedArray(y))
            input.withPointer { x in
                output.withPointer { set.kernels.scatter_add_strided(x, $0 + first, stride, count) }
            }
            #expect(output.values() == expected)
        }
    }

    @Test(
        "Transpose of any shape, between matrices with padded rows",
        arguments: InstructionSet.available,
        [
            (0, 5), (5, 0), (1, 1), (1, 40), (40, 1), (3, 5), (4, 4), (8, 8), (16, 16), (17, 33),
            (31, 16), (16, 47), (64, 100), (530, 20), (20, 530),
        ])
    func transpose(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        for (extraX, extraY) in [(0, 0), (3, 1), (1, 16)] {
            let (strideX, strideY) = (width + extraX, rows + extraY)
            let x = (0..<rows * strideX).map(Float.init)
            var expected = [Float](repeating: -1, count: width * strideY)
            for r in 0..<rows {
                for c in 0..<width { expected[c * strideY + r] = x[r * strideX + c] }
            }
            let input = GuardedArray(x, offset: 1)
            let output = GuardedArray([Float](repeating: -1, count: width * strideY), offset: 2)
            input.withPointer { x in
                output.withPointer {
                    set.kernels.transpose(x, strideX, $0, strideY, rows, width)
                }
            }
            #expect(output.values() == expected)
        }
    }
}
