import CMiniKernels
import Foundation
import Testing

@Suite("Row kernels: bias, bias + GELU, layer norm")
struct RowKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.add_bias, \.bias_gelu, \.bias_gelu_tanh, \.layer_norm,
        \.layer_norm_gradient,
    ]

    static let shapes = [
        (0, 8), (1, 1), (2, 3), (3, 7), (4, 16), (3, 17), (5, 32), (2, 100), (7, 256), (2, 1000),
    ]

    @Test(
        "A bias is added to each row, and the padding between rows stays",
        arguments: InstructionSet.available, shapes)
    func bias(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        let stride = width + 2
        var numbers = Numbers(seed: 50)
        let x = numbers.uniform(rows * stride), bias = numbers.uniform(width)
        let (matrix, row) = (GuardedArray(x, offset: 1), GuardedArray(bias))
        matrix.withPointer { x in
            row.withPointer { set.kernels.add_bias(x, stride, $0, rows, width) }
        }
        let expected = x.enumerated().map { i, x in
            i % stride < width ? x + bias[i % stride] : x
        }
        #expect(same(matrix.values(), expected))
    }

    @Test(
        "Bias and GELU in one pass give the bits of the two kernels one after the other",
        arguments: InstructionSet.available, shapes)
    func biasGELU(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        let (strideX, strideY) = (width + 2, width + 5)
        var numbers = Numbers(seed: 51)
        let x = numbers.uniform(rows * strideX), bias = numbers.uniform(width)
        let k = set.kernels
        for (fused, plain) in [(k.bias_gelu, k.gelu), (k.bias_gelu_tanh, k.gelu_tanh)] {
            let (matrix, row) = (GuardedArray(x, offset: 1), GuardedArray(bias))
            let before = [Float](repeating: 9, count: rows * strideY)
            let output = GuardedArray(before, offset: 2)
            matrix.withPointer { x in
                row.withPointer { bias in
                    output.withPointer { fused(x, strideX, bias, $0, strideY, rows, width) }
                }
            }
            let (sums, y) = (matrix.values(), output.values())
            for r in 0..<rows {
                let sum = (0..<width).map { x[r * strideX + $0] + bias[$0] }
                #expect(same(Array(sums[(r * strideX)...].prefix(width)), sum))
                #expect(same(Array(y[(r * strideY)...].prefix(width)), run(plain, sum)))
                #expect(y[(r * strideY + width)...].prefix(5).allSatisfy { $0 == 9 })
                #expect(
                    same(
                        Array(sums[(r * strideX + width)...].prefix(2)),
                        Array(x[(r * strideX + width)...].prefix(2))))
            }
        }
    }

    /// A layer norm and its gradient in double, of one row.
    struct Reference {
        let mean, rstd: Double
        let normal: [Double]

        init(_ x: [Float], eps: Double) {
            let count = Double(x.count)
            let mean = x.reduce(0) { $0 + Double($1) } / count
            let variance = x.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
            let rstd = 1 / (variance + eps).squareRoot()
            (self.mean, self.rstd) = (mean, rstd)
            normal = x.map { (Double($0) - mean) * rstd }
        }

        func gradient(_ g: [Double]) -> [Double] {
            let count = Double(g.count)
            let meanG = g.reduce(0, +) / count
            let meanGX = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
            return zip(g, normal).map { rstd * ($0 - meanG - $1 * meanGX) }
        }
    }

    @Test(
        "Layer norm agrees with double, with and without weight and bias",
        arguments: InstructionSet.available, shapes)
    func layerNorm(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        var numbers = Numbers(seed: 52)
        let x = numbers.uniform(rows * width, -1...4)
        let weight = numbers.uniform(width), bias = numbers.uniform(width)
        for (useWeight, useBias) in [(true, true), (true, false), (false, true), (false, false)] {
            let (input, w, b) = (
                GuardedArray(x, offset: 1), GuardedArray(weight), GuardedArray(bias)
            )
            let output = GuardedArray(count: rows * width, offset: 2)
            let (mean, rstd) = (GuardedArray(count: rows), GuardedArray(count: rows))
            input.withPointer { x in
                w.withPointer { w in
                    b.withPointer { b in
                        output.withPointer { y in
                            mean.withPointer { m in
                                rstd.withPointer { s in
                                    set.kernels.layer_norm(
                                        x, useWeight ? w : nil, useBias ? b : nil, 1e-5, y, m, s,
                                        rows, width)
                                }
                            }
                        }
                    }
                }
            }
            let y = output.values()
            for r in 0..<rows {
                let expected = Reference(Array(x[(r * width)...].prefix(width)), eps: 1e-5)
                #expect(ulps(mean.values()[r], from: expected.mean) <= 8)
                #expect(ulps(rstd.values()[r], from: expected.rstd) <= 8 || width == 1)
                for c in 0..<width {
                    let w = useWeight ? Double(weight[c]) : 1, b = useBias ? Double(bias[c]) : 0
                    let want = expected.normal[c] * w + b
                    #expect(abs(Double(y[r * width + c]) - want) <= 4e-6)
                }
            }
        }
    }

    @Test("A row far from 0 keeps its digits", arguments: InstructionSet.available)
    func farFromZero(set: InstructionSet) {
        // Mean 1000, deviations ±1: E[x²] − mean² in float would be off by percents.
        let x = (0..<256).map { 1000 + ($0 % 2 == 0 ? 1 : -1) as Float }
        var (y, mean, rstd) = (x, [Float](repeating: 0, count: 1), [Float](repeating: 0, count: 1))
        set.kernels.layer_norm(x, nil, nil, 0, &y, &mean, &rstd, 1, 256)
        #expect(mean == [1000] && rstd == [1])
        #expect(zip(x, y).allSatisfy { $0 - 1000 == $1 })
    }

    @Test(
        "The gradient of layer norm agrees with double; sums are added to; dx may be dy",
        arguments: InstructionSet.available, shapes)
    func gradient(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        var numbers = Numbers(seed: 54)
        let x = numbers.uniform(rows * width), dy = numbers.uniform(rows * width)
        let weight = numbers.uniform(width), start = numbers.uniform(width)
        let extra = numbers.uniform(rows * width)
        let references = (0..<rows).map {
            Reference(Array(x[($0 * width)...].prefix(width)), eps: 1e-3)
        }
        let (mean, rstd) = (references.map { Float($0.mean) }, references.map { Float($0.rstd) })
        for full in [true, false] {
            let (gradient, sums) = (GuardedArray(dy, offset: 1), GuardedArray(start))
            let biases = GuardedArray(start, offset: 1)
            gradient.withPointer { d in
                sums.withPointer { dw in
                    biases.withPointer { db in
                        set.kernels.layer_norm_gradient(
                            x, d, full ? weight : nil, mean, rstd, full ? extra : nil, d,
                            full ? dw : nil, full ? db : nil, rows, width)
                    }
                }
            }
            let dx = gradient.values()
            for r in 0..<rows {
                let g = (0..<width).map {
                    Double(dy[r * width + $0]) * (full ? Double(weight[$0]) : 1)
                }
                for (c, want) in references[r].gradient(g).enumerated() {
                    let want = want + (full ? Double(extra[r * width + c]) : 0)
                    let scale = 20 * max(1, references[r].rstd)
                    #expect(abs(Double(dx[r * width + c]) - want) <= scale * 16 * 0x1p-24)
                }
            }
            for c in 0..<width {
                var (weightSum, biasSum) = (Double(start[c]), Double(start[c]))
                for r in 0..<rows where full {
                    weightSum += Double(dy[r * width + c]) * references[r].normal[c]
                    biasSum += Double(dy[r * width + c])
                }
                #expect(abs(Double(sums.values()[c]) - weightSum) <= 1e-5)
                #expect(abs(Double(biases.values()[c]) - biasSum) <= 1e-5)
            }
        }
    }
}
