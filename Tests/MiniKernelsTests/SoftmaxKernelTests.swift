import CMiniKernels
import Foundation
import Testing

@Suite("Softmax family")
struct SoftmaxKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.softmax, \.log_softmax, \.log_sum_exp, \.softmax_gradient,
        \.cross_entropy_gradient, \.cross_entropy, \.exponentials_of_columns,
        \.softmax_rows, \.softmax_rows_gradient, \.dot_rows,
    ]

    /// log Σ exp(scale·x) in double.
    private static func logSumExp(_ x: [Float], scale: Double = 1) -> Double {
        let top = Double(x.max() ?? 0) * scale
        return top + log(x.reduce(0) { $0 + exp(Double($1) * scale - top) })
    }

    private static func softmax(_ x: [Float], scale: Double = 1) -> [Double] {
        let total = logSumExp(x, scale: scale)
        return x.map { exp(Double($0) * scale - total) }
    }

    @Test(
        "Softmax and its log-sum-exp agree with double, in place too",
        arguments: InstructionSet.available, positiveLengths)
    func softmax(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: UInt64(count))
        for scale in [1, 0.125] as [Float] {
            let x = numbers.uniform(count, -12...12)
            let (input, output) = (
                GuardedArray(x, offset: 1), GuardedArray(count: count, offset: 3)
            )
            let total = input.withPointer { x in
                output.withPointer { set.kernels.softmax(x, scale, $0, count) }
            }
            let y = output.values()
            // scale·x − max is rounded before the exponential: 24 · 2^−24 relative to the result.
            for (got, want) in zip(y, Self.softmax(x, scale: Double(scale))) {
                #expect(abs(Double(got) - want) <= want * 24 * 0x1p-24)
            }
            #expect(abs(Double(y.reduce(0, +)) - 1) <= 1e-5)
            let expected = Self.logSumExp(x, scale: Double(scale))
            #expect(abs(Double(total) - expected) <= max(1, abs(expected)) * 4 * 0x1p-24)

            let again = input.withPointer { set.kernels.softmax($0, scale, $0, count) }
            #expect(again == total)
            #expect(same(input.values(), y))
        }
    }

    @Test(
        "Log-softmax and log-sum-exp agree with double", arguments: InstructionSet.available,
        positiveLengths)
    func logSoftmax(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: UInt64(count))
        let x = numbers.uniform(count, -12...12)
        let (input, output) = (GuardedArray(x, offset: 1), GuardedArray(count: count, offset: 3))
        let total = input.withPointer { x in
            output.withPointer { set.kernels.log_softmax(x, 0.5, $0, count) }
        }
        let expected = Self.logSumExp(x, scale: 0.5)
        #expect(abs(Double(total) - expected) <= 1e-6 * max(1, abs(expected)))
        for (got, x) in zip(output.values(), x) {
            #expect(abs(Double(got) - (Double(x) * 0.5 - expected)) <= 3e-6)
        }
        let plain = input.withPointer { set.kernels.log_sum_exp($0, count) }
        #expect(abs(Double(plain) - Self.logSumExp(x)) <= 3e-6)
    }

    @Test("Large logits neither overflow nor vanish", arguments: InstructionSet.available)
    func shifted(set: InstructionSet) {
        for shift in [-1e4, 1e4] as [Float] {
            let x = (0..<40).map { shift + Float($0 % 5) }
            var y = x
            let total = set.kernels.softmax(x, 1, &y, 40)
            for (got, want) in zip(y, Self.softmax(x)) { #expect(abs(Double(got) - want) < 1e-7) }
            #expect(abs(Double(total) - Self.logSumExp(x)) < 1e-3)
        }
    }

    @Test("A masked logit has probability 0", arguments: InstructionSet.available, positiveLengths)
    func masked(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 40)
        var x = numbers.uniform(count)
        for i in 0..<count where i % 3 != 0 { x[i] = -.infinity }
        var y = x
        _ = set.kernels.softmax(x, 1, &y, count)
        for (got, want) in zip(y, Self.softmax(x)) {
            #expect(want == 0 ? got == 0 : abs(Double(got) - want) < 1e-6)
        }
        _ = set.kernels.log_softmax(x, 1, &y, count)
        #expect(zip(x, y).allSatisfy { ($0 == -.infinity) == ($1 == -.infinity) })
    }

    @Test(
        "A row that is masked as a whole: NaN probabilities, log-sum-exp −∞",
        arguments: InstructionSet.available, positiveLengths)
    func maskedRow(set: InstructionSet, count: Int) {
        let x = [Float](repeating: -.infinity, count: count)
        var y = x
        #expect(set.kernels.softmax(x, 1, &y, count) == -.infinity)
        #expect(y.allSatisfy { $0.isNaN })
        #expect(set.kernels.log_sum_exp(x, count) == -.infinity)
    }

    @Test("One NaN makes the row NaN", arguments: InstructionSet.available, positiveLengths)
    func notANumber(set: InstructionSet, count: Int) {
        var x = [Float](repeating: 1, count: count)
        x[count - 1] = .nan
        var y = x
        #expect(set.kernels.softmax(x, 1, &y, count).isNaN)
        #expect(y.allSatisfy { $0.isNaN })
        #expect(set.kernels.log_sum_exp(x, count).isNaN)
        #expect(set.kernels.cross_entropy(x, count, 0).isNaN)
    }

    @Test(
        "The gradient of softmax agrees with double, in place too",
        arguments: InstructionSet.available, lengths)
    func gradient(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 42)
        let p = Self.softmax(numbers.uniform(count)).map { Float($0) }
        let dp = numbers.uniform(count)
        let delta = zip(p, dp).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let (first, second) = (GuardedArray(p, offset: 1), GuardedArray(dp, offset: 2))
        let output = GuardedArray(count: count)
        first.withPointer { p in
            second.withPointer { dp in
                output.withPointer { set.kernels.softmax_gradient(p, dp, 0.5, $0, count) }
            }
        }
        for (got, (p, dp)) in zip(output.values(), zip(p, dp)) {
            let want = 0.5 * Double(p) * (Double(dp) - delta)
            #expect(abs(Double(got) - want) <= Double(p) * 8 * 0x1p-24)
        }
        first.withPointer { p in
            second.withPointer { dp in  // in place: dx is dp
                set.kernels.softmax_gradient(p, dp, 0.5, dp, count)
            }
        }
        #expect(same(second.values(), output.values()))
    }

    /// What row r may see, clipped to the width.
    private static func visible(_ first: Int, _ step: Int, _ row: Int, _ width: Int) -> Int {
        max(0, min(width, first + step * row))
    }

    @Test(
        "Rows of attention agree with double, with nothing, some and all of a row visible",
        arguments: InstructionSet.available, [1, 7, 15, 16, 17, 31, 32, 33, 70])
    func rows(set: InstructionSet, width: Int) {
        let (rows, stride, scale) = (19, width + 3, 0.25 as Float)
        for (first, step) in [(width, 0), (1, 1), (-4, 1), (width - 5, 1), (0, 0)] {
            var numbers = Numbers(seed: UInt64(width))
            let x = numbers.uniform(rows * stride, -12...12)
            let scores = GuardedArray(x, offset: 1)
            let totals = GuardedArray(count: rows, offset: 2)
            scores.withPointer { scores in
                totals.withPointer {
                    set.kernels.softmax_rows(scores, stride, scale, $0, rows, width, first, step)
                }
            }
            let p = scores.values()
            let dp = numbers.uniform(rows * stride)
            let deltas = numbers.uniform(rows)
            let (again, slopes) = (GuardedArray(x, offset: 3), GuardedArray(dp, offset: 1))
            again.withPointer { again in
                slopes.withPointer { slopes in
                    set.kernels.softmax_rows_gradient(
                        again, slopes, stride, scale, totals.values(), deltas, rows, width, first,
                        step)
                }
            }
            let (q, dx) = (again.values(), slopes.values())
            for row in 0..<rows {
                let count = Self.visible(first, step, row, width)
                let start = row * stride
                let line = Array(x[start..<(start + count)])
                let total = Double(totals.values()[row])
                if count == 0 {
                    #expect(total == -.infinity)
                } else {
                    let expected = Self.logSumExp(line, scale: Double(scale))
                    #expect(abs(total - expected) <= max(1, abs(expected)) * 4 * 0x1p-24)
                }
                for (i, want) in Self.softmax(line, scale: Double(scale)).enumerated() {
                    #expect(abs(Double(p[start + i]) - want) <= want * 24 * 0x1p-24)
                    #expect(abs(Double(q[start + i]) - want) <= want * 32 * 0x1p-24)
                    let slope =
                        Double(scale) * want * (Double(dp[start + i]) - Double(deltas[row]))
                    #expect(abs(Double(dx[start + i]) - slope) <= want * 32 * 0x1p-24)
                }
                for hidden in (start + count)..<(start + width) {
                    #expect(p[hidden] == 0 && q[hidden] == 0 && dx[hidden] == 0)
                }
                // What lies between the rows stays.
                let gap = (start + width)..<(start + stride)
                #expect(p[gap] == x[gap] && q[gap] == x[gap] && dx[gap] == dp[gap])
            }
        }
    }

    @Test("A NaN makes its row NaN and no other", arguments: InstructionSet.available, [9, 20, 70])
    func notANumberInRows(set: InstructionSet, width: Int) {
        var x = [Float](repeating: 1, count: 3 * width)
        x[width + 4] = .nan
        var totals = [Float](repeating: 0, count: 3)
        set.kernels.softmax_rows(&x, width, 1, &totals, 3, width, width, 0)
        #expect(x[width..<(2 * width)].allSatisfy(\.isNaN) && totals[1].isNaN)
        #expect(
            !x[..<width].contains(where: \.isNaN) && !x[(2 * width)...].contains(where: \.isNaN))
    }

    @Test(
        "Products of rows agree with double", arguments: InstructionSet.available, positiveLengths)
    func dotRows(set: InstructionSet, width: Int) {
        var numbers = Numbers(seed: 44)
        let (rows, aStride, bStride) = (3, width + 2, width + 5)
        let (a, b) = (numbers.uniform(rows * aStride), numbers.uniform(rows * bStride))
        let output = GuardedArray(count: rows)
        output.withPointer { set.kernels.dot_rows(a, aStride, b, bStride, $0, rows, width) }
        for (row, got) in output.values().enumerated() {
            let terms = (0..<width).map {
                Double(a[row * aStride + $0]) * Double(b[row * bStride + $0])
            }
            let bound = terms.reduce(0) { $0 + abs($1) } * 4 * 0x1p-24
            #expect(abs(Double(got) - terms.reduce(0, +)) <= bound)
        }
    }

    @Test(
        "Cross-entropy and its gradient agree with double for a target at every place",
        arguments: InstructionSet.available, positiveLengths)
    func crossEntropy(set: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 43)
        for target in Set([0, count / 3, count / 2, count - 1]) {
            let x = numbers.uniform(count, -9...9)
            let expected = Self.logSumExp(x) - Double(x[target])
            let logits = GuardedArray(x, offset: 1)
            let loss = logits.withPointer { set.kernels.cross_entropy($0, count, target) }
            #expect(same(logits.values(), x))
            #expect(abs(Double(loss) - expected) <= 3e-6)

            let again = logits.withPointer {
                set.kernels.cross_entropy_gradient($0, count, target, 0.125)
            }
            #expect(again == loss)
            for (i, (got, p)) in zip(logits.values(), Self.softmax(x)).enumerated() {
                let want = 0.125 * (p - (i == target ? 1 : 0))
                #expect(
                    abs(Double(got) - want) <= 0.125 * (p * 24 + (i == target ? 1 : 0)) * 0x1p-24)
            }
        }
    }

    @Test(
        "Exponentials of columns agree with double", arguments: InstructionSet.available,
        positiveLengths)
    func exponentialsOfColumns(set: InstructionSet, width: Int) {
        var numbers = Numbers(seed: 45)
        for rows in [1, 7] {
            let stride = width + 3
            let x = numbers.uniform(rows * stride, -9...9)
            let block = GuardedArray(x, offset: 1)
            let (maxima, sums) = (GuardedArray(count: width), GuardedArray(count: width))
            block.withPointer { x in
                maxima.withPointer { maxima in
                    sums.withPointer {
                        set.kernels.exponentials_of_columns(x, stride, maxima, $0, rows, width)
                    }
                }
            }
            let y = block.values()
            for column in 0..<width {
                let places = (0..<rows).map { $0 * stride + column }
                let largest = places.map { x[$0] }.max() ?? 0
                #expect(maxima.values()[column] == largest)
                let terms = places.map { exp(Double(x[$0] - largest)) }
                for (place, want) in zip(places, terms) {
                    #expect(abs(Double(y[place]) - want) <= want * 4 * 0x1p-24)
                }
                let total = terms.reduce(0, +)
                #expect(abs(Double(sums.values()[column]) - total) <= total * 8 * 0x1p-24)
            }
            // Nothing between the rows is touched.
            for row in 0..<rows {
                let gap = (row * stride + width)..<((row + 1) * stride)
                #expect(same(Array(y[gap]), Array(x[gap])))
            }
        }
    }

    @Test(
        "Columns of −∞ become 0, and NaN stays in its column", arguments: InstructionSet.available)
    func exponentialsOfUnusualColumns(set: InstructionSet) {
        for width in [3, 8, 21] {
            for column in 0..<width {
                var x = [Float](repeating: 1, count: 2 * width)
                (x[column], x[width + column]) = (-.infinity, -.infinity)
                var (maxima, sums) = (
                    [Float](repeating: 0, count: width), [Float](repeating: 0, count: width)
                )
                set.kernels.exponentials_of_columns(&x, width, &maxima, &sums, 2, width)
                #expect(maxima[column] == -.infinity && sums[column] == 0)
                #expect(x[column] == 0 && x[width + column] == 0)

                x = [Float](repeating: 1, count: 2 * width)
                x[width + column] = .nan
                set.kernels.exponentials_of_columns(&x, width, &maxima, &sums, 2, width)
                #expect(sums.indices.allSatisfy { sums[$0].isNaN == ($0 == column) })
            }
        }
    }

    @Test("The loss of a certain prediction is 0", arguments: InstructionSet.available)
    func certain(set: InstructionSet) {
        var x = [Float](repeating: 0, count: 50)
        x[20] = 200
        #expect(set.kernels.cross_entropy(x, 50, 20) == 0)
        #expect(set.kernels.cross_entropy(x, 50, 3) == 200)
        #expect(set.kernels.cross_entropy_gradient(&x, 50, 20, 1) == 0)
        #expect(x.allSatisfy { $0 == 0 })
    }
}
