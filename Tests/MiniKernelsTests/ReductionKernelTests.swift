import CMiniKernels
import Testing

@Suite("Reductions")
struct ReductionKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.sum, \.sum_of_squares, \.sum_of_squared_differences, \.dot, \.max, \.min, \.arg_max,
        \.add_column_sums, \.all_finite,
    ]

    /// Up to several of the blocks that long sums are cut into.
    static let counts = lengths + [1023, 1024, 1025, 10_000]

    /// One result of each sum on guarded arrays at an offset.
    private func sums(_ k: mini_kernels, _ a: [Float], _ b: [Float], offset: Int) -> [Double] {
        let (first, second) = (GuardedArray(a, offset: offset), GuardedArray(b, offset: offset / 2))
        return first.withPointer { x in
            second.withPointer { y in
                [
                    Double(k.sum(x, a.count)), k.sum_of_squares(x, a.count),
                    Double(k.sum_of_squared_differences(x, 0.25, a.count)),
                    Double(k.dot(x, y, a.count)),
                ]
            }
        }
    }

    @Test(
        "Sums are within 4 ULP of the sum of magnitudes", arguments: InstructionSet.available,
        counts)
    func sumsAreExactEnough(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 30)
        let a = numbers.uniform(count, -1...2), b = numbers.uniform(count)
        let got = sums(set.kernels, a, b, offset: 0)
        let wide = a.map(Double.init)
        let products = zip(a, b).map { Double($0) * Double($1) }
        let terms = [wide, wide.map { $0 * $0 }, wide.map { ($0 - 0.25) * ($0 - 0.25) }, products]
        for (index, (got, terms)) in zip(got, terms).enumerated() {
            let exact = terms.reduce(0, +), magnitude = terms.reduce(0) { $0 + abs($1) }
            // The sum of squares is accumulated, and returned, in double.
            let bound = magnitude * (index == 1 ? 1e-13 : 4 * 0x1p-24)
            #expect(abs(got - exact) <= bound, "sum \(index) of \(count)")
        }
    }

    @Test("Sums do not depend on alignment", arguments: InstructionSet.available)
    func alignment(set: InstructionSet) {
        var numbers = Numbers(seed: 31)
        for count in Self.counts {
            let a = numbers.uniform(count), b = numbers.uniform(count)
            let expected = sums(set.kernels, a, b, offset: 0)
            for offset in [1, 3, 8] {
                #expect(sums(set.kernels, a, b, offset: offset) == expected)
            }
        }
    }

    @Test("A long sum of small numbers keeps its digits", arguments: InstructionSet.available)
    func longSum(set: InstructionSet) {
        let x = [Float](repeating: 0.1, count: 1_000_000)
        let exact = Double(Float(0.1)) * 1e6
        #expect(abs(Double(set.kernels.sum(x, x.count)) - exact) <= exact * 0x1p-20)
    }

    @Test("Maximum and minimum find an extreme at every place", arguments: InstructionSet.available)
    func extremes(set: InstructionSet) {
        var numbers = Numbers(seed: 32)
        for count in positiveLengths where count <= 100 {
            for place in 0..<count {
                var x = numbers.uniform(count)
                x[place] = 7
                let input = GuardedArray(x, offset: 1)
                #expect(input.withPointer { set.kernels.max($0, count) } == 7)
                #expect(input.withPointer { set.kernels.arg_max($0, count) } == place)
                x[place] = -7
                let lowest = GuardedArray(x, offset: 1)
                #expect(lowest.withPointer { set.kernels.min($0, count) } == -7)
            }
        }
    }

    @Test("Maximum and minimum of infinities", arguments: InstructionSet.available)
    func infinities(set: InstructionSet) {
        for count in positiveLengths {
            let low = [Float](repeating: -.infinity, count: count)
            #expect(set.kernels.max(low, count) == -.infinity)
            #expect(set.kernels.min(low.map { -$0 }, count) == .infinity)
            #expect(set.kernels.arg_max(low, count) == 0)
        }
    }

    @Test("One NaN anywhere is the result", arguments: InstructionSet.available)
    func notANumber(set: InstructionSet) {
        var numbers = Numbers(seed: 33)
        for count in positiveLengths where count <= 100 {
            for place in 0..<count {
                var x = numbers.uniform(count)
                x[place] = .nan
                #expect(set.kernels.max(x, count).isNaN && set.kernels.min(x, count).isNaN)
                #expect(set.kernels.sum(x, count).isNaN)
                #expect(set.kernels.sum_of_squares(x, count).isNaN)
                #expect(set.kernels.arg_max(x, count) == place)
            }
        }
    }

    @Test("The first of equal maxima, the first NaN", arguments: InstructionSet.available)
    func firstOfEquals(set: InstructionSet) {
        for count in positiveLengths where count >= 3 && count <= 100 {
            for first in 0..<(count - 2) {
                var x = [Float](repeating: -1, count: count)
                x[first] = 3
                x[count - 1] = 3
                x[first + 1] = 3
                #expect(set.kernels.arg_max(x, count) == first)
                x[first + 1] = .nan
                x[count - 1] = .nan
                #expect(set.kernels.arg_max(x, count) == first + 1)
            }
        }
    }

    @Test(
        "All finite, until one infinity or NaN stands anywhere",
        arguments: InstructionSet.available)
    func finite(set: InstructionSet) {
        var numbers = Numbers(seed: 34)
        for count in lengths + [5000] {
            var x = numbers.uniform(count)
            if count > 0 { x[count / 2] = .greatestFiniteMagnitude }
            let input = GuardedArray(x, offset: 1)
            #expect(input.withPointer { set.kernels.all_finite($0, count) } == 1)
            for place in count > 100 ? [0, 17, 1023, 1024, count - 1] : Array(0..<count)
            where place < count {
                for bad in [Float.infinity, -.infinity, .nan] {
                    var y = x
                    y[place] = bad
                    #expect(set.kernels.all_finite(y, count) == 0)
                }
            }
        }
    }

    @Test(
        "Column sums are added to what is there", arguments: InstructionSet.available,
        [
            (0, 5), (1, 1), (3, 17), (7, 40), (8, 16), (9, 33), (64, 100), (300, 7), (1024, 9),
            (1025, 150), (3000, 40),
        ])
    func columnSums(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        let stride = width + 3
        var numbers = Numbers(seed: 35)
        let x = numbers.uniform(rows * stride), y = numbers.uniform(width)
        let (input, output) = (GuardedArray(x, offset: 1), GuardedArray(y, offset: 2))
        input.withPointer { x in
            output.withPointer { set.kernels.add_column_sums(x, stride, $0, rows, width) }
        }
        for (c, got) in output.values().enumerated() {
            let column = (0..<rows).map { Double(x[$0 * stride + c]) } + [Double(y[c])]
            let magnitude = column.reduce(0) { $0 + abs($1) }
            let error = abs(Double(got) - column.reduce(0, +))
            #expect(error <= magnitude * Double(min(rows, 1024) / 8 + 4) * 0x1p-24)
        }
    }

    @Test("A long column of small numbers keeps its digits", arguments: InstructionSet.available)
    func longColumn(set: InstructionSet) {
        let (rows, width) = (300_000, 3)
        let x = [Float](repeating: 0.1, count: rows * width)
        var sums: [Float] = [0, 1, 2]
        set.kernels.add_column_sums(x, width, &sums, rows, width)
        for (column, sum) in sums.enumerated() {
            let exact = Double(Float(0.1)) * Double(rows) + Double(column)
            #expect(abs(Double(sum) - exact) <= exact * 0x1p-19)
        }
    }
}
