import CMiniKernels
import Foundation
import Testing

/// A table of inference kernels that this CPU can run.
enum WeightTable: String, CaseIterable, CustomTestStringConvertible {
    case portable, avx2, avx512, avx512vnni, neon

    static let available = allCases.filter { mini_weights_named($0.rawValue) != nil }

    var kernels: mini_weights {
        guard let table = mini_weights_named(rawValue) else {
            preconditionFailure("The \(rawValue) kernels were asked for on a CPU without them.")
        }
        return table.pointee
    }

    var testDescription: String { rawValue }
}

/// Sizes of a product: panels of 16 results, numbers in a row, rows of inputs.
struct ProductCase: CustomTestStringConvertible {
    let panels: Int
    let k: Int
    let rows: Int

    var testDescription: String { "\(panels) panels of \(k), \(rows) rows" }

    /// Every remainder of a group of panels, of a tile of rows, and of a block of k.
    static let floats = [
        (1, 1, 1), (2, 3, 1), (3, 8, 2), (4, 17, 1), (5, 31, 3), (9, 33, 1), (1, 255, 4),
        (2, 256, 5), (1, 257, 6), (2, 300, 7), (1, 513, 13), (3, 64, 25), (17, 40, 1),
    ].map { ProductCase(panels: $0.0, k: $0.1, rows: $0.2) }

    static let blocks = [
        (1, 32, 1), (2, 64, 2), (3, 96, 3), (1, 256, 4), (2, 32, 5), (1, 320, 7), (5, 64, 9),
    ].map { ProductCase(panels: $0.0, k: $0.1, rows: $0.2) }
}

@Suite("Products of packed weights")
struct WeightKernelTests {
    @Test("The best table is the widest, and a table has no empty entry")
    func tables() {
        #expect(WeightTable.available.contains(.portable))
        #expect(mini_weights_named("avx1024") == nil)
        let wanted = ProcessInfo.processInfo.environment["MINIGPT_KERNELS"]
        let expected =
            wanted.flatMap(WeightTable.init).flatMap {
                WeightTable.available.contains($0) ? $0 : nil
            }
            ?? WeightTable.available.last
        #expect(String(cString: mini_weights_best().pointee.name) == expected?.rawValue)
        for table in WeightTable.available {
            #expect(String(cString: table.kernels.name) == table.rawValue)
            withUnsafeBytes(of: table.kernels) { bytes in
                #expect(bytes.bindMemory(to: UInt.self).allSatisfy { $0 != 0 })
            }
        }
    }

    enum Format: CaseIterable { case f32, f16, bf16 }

    @Test(
        "A product of floats is that of plain loops, and the same bits for any number of rows",
        arguments: WeightTable.available, ProductCase.floats)
    func floats(table: WeightTable, size: ProductCase) {
        for format in Format.allCases {
            var numbers = Numbers(seed: 5)
            let (n, k, m) = (16 * size.panels, size.k, size.rows)
            // Numbers that all three formats hold exactly.
            let weights = numbers.uniform(n * k).map { ($0 * 32).rounded() / 32 }
            let packed = Self.pack(weights, k: k, format)
            let (xStride, yStride) = (k + 3, n + 5)
            let x = GuardedArray(numbers.uniform(m * xStride), offset: 1)
            let y = GuardedArray(count: m * yStride, offset: 2)
            let multiply =
                switch format {
                case .f32: table.kernels.multiply_f32
                case .f16: table.kernels.multiply_f16
                case .bf16: table.kernels.multiply_bf16
                }
            packed.withUnsafeBytes { packed in
                x.withPointer { x in
                    y.withPointer {
                        multiply(packed.baseAddress!, size.panels, k, x, xStride, m, $0, yStride)
                    }
                }
            }
            let (result, inputs) = (y.values(), x.values())
            for row in 0..<m {
                let mine = Array(inputs[row * xStride..<row * xStride + k])
                var isClose = true
                for column in 0..<n {
                    var exact = 0.0
                    var magnitude = 0.0
                    for i in 0..<k {
                        let term = Double(mine[i]) * Double(weights[column * k + i])
                        exact += term
                        magnitude += abs(term)
                    }
                    let error = abs(Double(result[row * yStride + column]) - exact)
                    isClose = isClose && error <= Double(k + 1) * 0x1p-24 * magnitude
                }
                #expect(isClose, "\(format), row \(row)")
                // What lies between the rows stays; a row alone has the same bits.
                let gap = row * yStride + n..<(row + 1) * yStride
                let isUntouched = result[gap].allSatisfy { $0.isNaN }
                #expect(isUntouched)
                let alone = GuardedArray(count: n)
                GuardedArray(mine).withPointer { x in
                    packed.withUnsafeBytes { packed in
                        alone.withPointer {
                            multiply(packed.baseAddress!, size.panels, k, x, k, 1, $0, n)
                        }
                    }
                }
                #expect(same(alone.values(), Array(result[row * yStride..<row * yStride + n])))
            }
        }
    }

    @Test(
        "Inputs become the nearest levels of their block, with their sums; NaN and infinity spoil the scale",
        arguments: WeightTable.available)
    func quantize(table: WeightTable) {
        var numbers = Numbers(seed: 6)
        var x = numbers.uniform(128)
        for i in 64..<96 { x[i] = 0 }
        for i in 96..<128 { x[i] *= 0x1p-146 }
        let (levels, scales, sums) = Self.levels(of: x, k: 128, table)
        for block in 0..<4 {
            let range = block * 32..<block * 32 + 32
            let largest = x[range].map(\.magnitude).max() ?? 0
            let tiny = largest < 1e-36
            #expect(scales[block] == (tiny ? 0 : largest / 127))
            #expect(sums[block] == levels[range].reduce(0) { $0 + Int32($1) })
            for i in range {
                let exact = tiny ? 0 : Double(x[i]) / Double(scales[block])
                #expect(abs(Double(levels[i]) - exact) <= 0.5001 && levels[i] >= -127)
            }
        }
        for bad in [Float.nan, .infinity, -.infinity] {
            x[40] = bad
            #expect(
                Self.levels(of: x, k: 128, table).scales.map(\.isNaN) == [
                    false, true, false, false,
                ])
        }
    }

    @Test(
        "A product of blocks is exact up to the rounding of its few floats, alone and with others",
        arguments: WeightTable.available, ProductCase.blocks)
    func blocks(table: WeightTable, size: ProductCase) {
        for bits in [8, 4] {
            var numbers = Numbers(seed: 7)
            let (n, k, m) = (16 * size.panels, size.k, size.rows)
            let blocks = k / 32
            // The extreme levels as well as those between.
            let low = bits == 8 ? -127 : -8, high = bits == 8 ? 127 : 7
            let levels = (0..<n * k).map { index in
                index % 7 == 0
                    ? high : index % 5 == 0 ? low : Int.random(in: low...high, using: &numbers)
            }
            let scales = (0..<n * blocks).map { _ in
                Float(Int.random(in: 1...100, using: &numbers)) / 64
            }
            let packed = Self.pack(levels, scales: scales, k: k, bits: bits)
            var x = numbers.uniform(m * k)
            for i in 0..<32 { x[i] = i % 2 == 0 ? 3 : -3 }
            let inputs = Self.levels(of: x, k: k, table)
            let y = GuardedArray(count: m * n, offset: 1)
            let multiply = bits == 8 ? table.kernels.multiply_q8_0 : table.kernels.multiply_q4_0
            Self.multiply(multiply, packed, size.panels, k, inputs, m, y, n)
            let result = y.values()
            for row in 0..<m {
                var isClose = true
                for column in 0..<n {
                    var exact = 0.0
                    var magnitude = 0.0
                    for block in 0..<blocks {
                        let sum = (0..<32).reduce(0) {
                            let i = block * 32 + $1
                            return $0 + levels[column * k + i] * Int(inputs.levels[row * k + i])
                        }
                        let term =
                            Double(sum) * Double(scales[column * blocks + block])
                            * Double(inputs.scales[row * blocks + block])
                        exact += term
                        magnitude += abs(term)
                    }
                    let error = abs(Double(result[row * n + column]) - exact)
                    isClose = isClose && error <= Double(blocks + 3) * 0x1p-24 * magnitude
                }
                #expect(isClose, "\(bits) bits, row \(row)")
                let range = row * k..<(row + 1) * k
                let alone = GuardedArray(count: n)
                Self.multiply(
                    multiply, packed, size.panels, k, Self.levels(of: Array(x[range]), k: k, table),
                    1, alone, n)
                #expect(same(alone.values(), Array(result[row * n..<(row + 1) * n])))
            }
        }
    }

    @Test(
        "Attention of one query is softmax(scale·q·kᵀ)·v", arguments: WeightTable.available,
        [(1, 1), (2, 3), (15, 8), (16, 16), (17, 20), (33, 32), (50, 64), (40, 77), (5, 100)])
    func attend(table: WeightTable, size: (Int, Int)) {
        let (n, width) = size
        var numbers = Numbers(seed: 8)
        let padded = (n + 15) / 16 * 16
        let (q, keys) = (numbers.uniform(width), numbers.uniform(padded * width))
        let stride = width + 2
        let values = GuardedArray(numbers.uniform(n * stride))
        let packed = Self.pack(keys, k: width, .f32)
        let scores = GuardedArray(count: padded), y = GuardedArray(count: width, offset: 3)
        GuardedArray(q, offset: 1).withPointer { q in
            packed.withUnsafeBytes { keys in
                values.withPointer { values in
                    scores.withPointer { scores in
                        y.withPointer {
                            table.kernels.attend(
                                q, keys.baseAddress!.assumingMemoryBound(to: Float.self), values,
                                stride, n, width, 0.3, scores, $0)
                        }
                    }
                }
            }
        }
        let exponents = (0..<n).map { j in
            (0..<width).reduce(0.0) { $0 + Double(q[$1]) * Double(keys[j * width + $1]) }
                * Double(0.3 as Float)
        }
        let largest = exponents.max() ?? 0
        let terms = exponents.map { exp($0 - largest) }
        let sum = terms.reduce(0, +)
        let (found, given) = (y.values(), values.values())
        for column in 0..<width {
            let exact = (0..<n).reduce(0.0) {
                $0 + terms[$1] / sum * Double(given[$1 * stride + column])
            }
            #expect(abs(Double(found[column]) - exact) < 1e-4)
        }
        let weights = scores.values()
        for j in 0..<n { #expect(abs(Double(weights[j]) - terms[j] / sum) < 1e-5) }
    }

    // MARK: - Packing, as mini_weights.h describes it

    private static func pack(_ weights: [Float], k: Int, _ format: Format) -> [UInt8] {
        let even = (k + 1) / 2 * 2
        var bytes: [UInt8] = []
        func append(_ value: Float) {
            switch format {
            case .f32: withUnsafeBytes(of: value.bitPattern) { bytes += $0 }
            case .f16: withUnsafeBytes(of: half(value)) { bytes += $0 }
            case .bf16: withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { bytes += $0 }
            }
        }
        for panel in 0..<weights.count / k / 16 {
            let run = format == .bf16 ? 2 : 1
            for start in stride(from: 0, to: run == 2 ? even : k, by: run) {
                for row in 0..<16 {
                    for i in start..<start + run {
                        append(i < k ? weights[(panel * 16 + row) * k + i] : 0)
                    }
                }
            }
        }
        return bytes
    }

    /// A half of a multiple of 1/32 of magnitude below 4.
    private static func half(_ value: Float) -> UInt16 {
        if value == 0 { return 0 }
        let sign: UInt16 = value < 0 ? 0x8000 : 0
        let exponent = UInt16(Int(value.exponent) + 15)
        return sign | exponent << 10 | UInt16(value.significandBitPattern >> 13)
    }

    private static func pack(_ levels: [Int], scales: [Float], k: Int, bits: Int) -> [UInt8] {
        let blocks = k / 32
        var bytes: [UInt8] = []
        for panel in 0..<levels.count / k / 16 {
            for block in 0..<blocks {
                for row in 0..<16 {
                    withUnsafeBytes(of: half(scales[(panel * 16 + row) * blocks + block])) {
                        bytes += $0
                    }
                }
                for group in 0..<(bits == 8 ? 8 : 4) {
                    for row in 0..<16 {
                        for j in 0..<4 {
                            let i = (panel * 16 + row) * k + block * 32 + group * 4 + j
                            bytes.append(
                                bits == 8
                                    ? UInt8(bitPattern: Int8(levels[i]))
                                    : UInt8(levels[i] + 8) | UInt8(levels[i + 16] + 8) << 4)
                        }
                    }
                }
            }
        }
        return bytes
    }

    private static func levels(
        of x: [Float], k: Int, _ table: WeightTable
    ) -> (levels: [Int8], scales: [Float], sums: [Int32]) {
        var levels = [Int8](repeating: 0, count: x.count)
        var scales = [Float](repeating: 0, count: x.count / 32)
        var sums = [Int32](repeating: 0, count: x.count / 32)
        GuardedArray(x, offset: 1).withPointer { x in
            for row in 0..<levels.count / k {
                levels.withUnsafeMutableBufferPointer { levels in
                    scales.withUnsafeMutableBufferPointer { scales in
                        sums.withUnsafeMutableBufferPointer { sums in
                            table.kernels.quantize(
                                x + row * k, k, levels.baseAddress! + row * k,
                                scales.baseAddress! + row * k / 32, sums.baseAddress! + row * k / 32
                            )
                        }
                    }
                }
            }
        }
        return (levels, scales, sums)
    }

    private static func multiply(
        _ kernel: mini_multiply_levels, _ packed: [UInt8], _ panels: Int, _ k: Int,
        _ inputs: (levels: [Int8], scales: [Float], sums: [Int32]), _ m: Int, _ y: GuardedArray,
        _ stride: Int
    ) {
        var (levels, scales, sums) = inputs
        packed.withUnsafeBytes { packed in
            levels.withUnsafeMutableBufferPointer { levels in
                scales.withUnsafeMutableBufferPointer { scales in
                    sums.withUnsafeMutableBufferPointer { sums in
                        var x = mini_levels(
                            levels: levels.baseAddress!, scales: scales.baseAddress!,
                            sums: sums.baseAddress!)
                        y.withPointer {
                            kernel(packed.baseAddress!, panels, k, &x, m, $0, stride)
                        }
                    }
                }
            }
        }
    }
}
