import CMiniKernels
import Foundation
import Testing

@Suite("Decoder kernels: RMS norm, rotary positions, gated SiLU")
struct DecoderKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.rms_norm, \.rms_norm_gradient, \.rotate_halves, \.rotate_pairs, \.gated_silu,
        \.gated_silu_gradient,
    ]

    @Test(
        "RMS norm agrees with double, with and without weight",
        arguments: InstructionSet.available, RowKernelTests.shapes)
    func rmsNorm(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        var numbers = Numbers(seed: 90)
        let x = numbers.uniform(rows * width, -1...4), weight = numbers.uniform(width)
        for isWeighted in [true, false] {
            let (input, w) = (GuardedArray(x, offset: 1), GuardedArray(weight, offset: 2))
            let (output, rstd) = (
                GuardedArray(count: rows * width, offset: 3), GuardedArray(count: rows)
            )
            input.withPointer { x in
                w.withPointer { w in
                    output.withPointer { y in
                        rstd.withPointer {
                            set.kernels.rms_norm(
                                x, isWeighted ? w : nil, 1e-3, y, $0, rows, width)
                        }
                    }
                }
            }
            let (y, deviations) = (output.values(), rstd.values())
            for r in 0..<rows {
                let row = x[(r * width)...].prefix(width).map(Double.init)
                let want = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-3).squareRoot()
                #expect(ulps(deviations[r], from: want) <= 8)
                for c in 0..<width {
                    let expected = row[c] * want * (isWeighted ? Double(weight[c]) : 1)
                    #expect(abs(Double(y[r * width + c]) - expected) <= 4e-6)
                }
            }
        }
    }

    @Test(
        "The gradient of RMS norm agrees with double; sums are added to; dx may be dy",
        arguments: InstructionSet.available, RowKernelTests.shapes)
    func rmsNormGradient(set: InstructionSet, shape: (Int, Int)) {
        let (rows, width) = shape
        var numbers = Numbers(seed: 91)
        let x = numbers.uniform(rows * width), dy = numbers.uniform(rows * width)
        let weight = numbers.uniform(width), start = numbers.uniform(width)
        let extra = numbers.uniform(rows * width)
        let rstd = (0..<rows).map { r in
            let row = x[(r * width)...].prefix(width).map(Double.init)
            return 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-2).squareRoot()
        }
        for isFull in [true, false] {
            let (gradient, sums) = (GuardedArray(dy, offset: 1), GuardedArray(start))
            gradient.withPointer { d in
                sums.withPointer { dw in
                    set.kernels.rms_norm_gradient(
                        x, d, isFull ? weight : nil, rstd.map(Float.init), isFull ? extra : nil,
                        d, isFull ? dw : nil, rows, width)
                }
            }
            let dx = gradient.values()
            var weightSums = start.map(Double.init)
            for r in 0..<rows {
                let places = (r * width)..<((r + 1) * width)
                let normal = places.map { Double(x[$0]) * rstd[r] }
                let g = places.map {
                    Double(dy[$0]) * (isFull ? Double(weight[$0 - r * width]) : 1)
                }
                let mean = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
                for c in 0..<width {
                    let want =
                        rstd[r] * (g[c] - normal[c] * mean)
                        + (isFull ? Double(extra[r * width + c]) : 0)
                    let scale = 20 * max(1, rstd[r])
                    #expect(abs(Double(dx[r * width + c]) - want) <= scale * 16 * 0x1p-24)
                    if isFull { weightSums[c] += Double(dy[r * width + c]) * normal[c] }
                }
            }
            for c in 0..<width { #expect(abs(Double(sums.values()[c]) - weightSums[c]) <= 1e-5) }
        }
    }

    @Test(
        "Pairs are turned, the rest is copied, and turned back they are what they were",
        arguments: InstructionSet.available, [0, 1, 2, 7, 8, 16, 17, 32, 33])
    func rotation(set: InstructionSet, half: Int) {
        let (rows, width, stride) = (3, 2 * half + 3, 2 * half + 5)
        var numbers = Numbers(seed: 92)
        let x = numbers.uniform(rows * stride)
        let angles = numbers.uniform(half, -3...3).map(Double.init)
        let (c, s) = (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
        for isSplit in [true, false] {
            let kernel = isSplit ? set.kernels.rotate_halves : set.kernels.rotate_pairs
            let output = GuardedArray(
                [Float](repeating: 9, count: (rows - 1) * (width + 1) + width), offset: 1)
            let (cosines, sines) = (GuardedArray(c), GuardedArray(s, offset: 1))
            let input = GuardedArray(x, offset: 2)
            let turn = { (from: GuardedArray, sign: Float, to: GuardedArray) in
                cosines.withPointer { c in
                    sines.withPointer { s in
                        to.withPointer { y in
                            if from === to {
                                kernel(
                                    y, width + 1, c, s, sign, y, width + 1, rows, half, width)
                            } else {
                                from.withPointer {
                                    kernel(
                                        $0, stride, c, s, sign, y, width + 1, rows, half, width)
                                }
                            }
                        }
                    }
                }
            }
            turn(input, 1, output)
            let y = output.values()
            for r in 0..<rows {
                for i in 0..<half {
                    let (a, b) = isSplit ? (i, half + i) : (2 * i, 2 * i + 1)
                    let (xa, xb) = (Double(x[r * stride + a]), Double(x[r * stride + b]))
                    let want = (
                        xa * cos(angles[i]) - xb * sin(angles[i]),
                        xb * cos(angles[i]) + xa * sin(angles[i])
                    )
                    #expect(abs(Double(y[r * (width + 1) + a]) - want.0) < 1e-6)
                    #expect(abs(Double(y[r * (width + 1) + b]) - want.1) < 1e-6)
                }
                for i in (2 * half)..<width {
                    #expect(y[r * (width + 1) + i] == x[r * stride + i])
                }
                if r + 1 < rows { #expect(y[r * (width + 1) + width] == 9) }
            }
            // In place.
            turn(output, -1, output)
            let back = output.values()
            for r in 0..<rows {
                for i in 0..<width {
                    #expect(abs(back[r * (width + 1) + i] - x[r * stride + i]) < 1e-6)
                }
            }
        }
    }

    @Test(
        "Gated SiLU and its derivatives agree with double, wherever an element stands",
        arguments: InstructionSet.available)
    func gatedSiLU(set: InstructionSet) {
        var numbers = Numbers(seed: 93)
        for count in lengths {
            let a = numbers.uniform(count, -9...9), b = numbers.uniform(count)
            let dy = numbers.uniform(count)
            let y = GuardedArray(count: count, offset: 1)
            let (da, db) = (GuardedArray(count: count, offset: 2), GuardedArray(b, offset: 3))
            let (gate, gradient) = (GuardedArray(a, offset: 1), GuardedArray(dy))
            gate.withPointer { a in
                db.withPointer { b in
                    y.withPointer { set.kernels.gated_silu(a, b, $0, count) }
                    gradient.withPointer { dy in
                        // The gradient of the second may lie where the second did.
                        da.withPointer { set.kernels.gated_silu_gradient(a, b, dy, $0, b, count) }
                    }
                }
            }
            let (values, first, second) = (y.values(), da.values(), db.values())
            for i in 0..<count {
                let (x, up, g) = (Double(a[i]), Double(b[i]), Double(dy[i]))
                let s = 1 / (1 + exp(-x))
                #expect(abs(Double(values[i]) - x * s * up) < 1e-5)
                #expect(abs(Double(first[i]) - g * up * (s + x * s * (1 - s))) < 1e-5)
                #expect(abs(Double(second[i]) - g * x * s) < 1e-5)
            }
        }
        var (da, db): ([Float], [Float]) = ([9, 9, 9], [9, 9, 9])
        set.kernels.gated_silu_gradient(
            [-.infinity, .infinity, .nan], [2, 2, 2], [1, 1, 1], &da, &db, 3)
        #expect(da[0] == 0 && da[1] == 2 && da[2].isNaN)
        #expect(db[0] == 0 && db[2].isNaN)
    }
}
