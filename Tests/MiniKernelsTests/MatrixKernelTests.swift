import CMiniKernels
import Testing

/// How the two factors lie in memory.
struct MatrixCase: CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    let inner: Int
    let leftIsTransposed: Bool
    let rightIsTransposed: Bool

    var testDescription: String {
        "\(rows)×\(inner)\(leftIsTransposed ? "ᵀ" : "") · \(inner)×\(columns)\(rightIsTransposed ? "ᵀ" : "")"
    }

    /// Every remainder of a tile and of a strip, each layout in turn.
    static let all: [MatrixCase] = {
        let sizes = [
            (1, 1, 1), (2, 3, 4), (3, 16, 5), (4, 17, 1), (5, 31, 7), (6, 32, 8), (7, 33, 9),
            (8, 64, 16), (9, 65, 31), (16, 15, 33), (17, 8, 64), (23, 47, 100), (13, 49, 6),
            (11, 96, 13), (15, 200, 10),
        ]
        return sizes.flatMap { rows, columns, inner in
            [(false, false), (false, true), (true, false), (true, true)].map {
                MatrixCase(
                    rows: rows, columns: columns, inner: inner, leftIsTransposed: $0.0,
                    rightIsTransposed: $0.1)
            }
        }
    }()
}

@Suite("Products of packed matrices")
struct MatrixKernelTests {
    static let covered: [any PartialKeyPath<mini_kernels> & Sendable] = [
        \.strip_columns, \.narrow_strip_columns, \.pack_right, \.pack_left, \.multiply_packed,
    ]

    @Test(
        "A product is that of plain loops, written over or added to what was there, with a packed or not",
        arguments: InstructionSet.available, MatrixCase.all)
    func product(set: InstructionSet, matrices: MatrixCase) {
        for strip in Set([set.kernels.strip_columns, set.kernels.narrow_strip_columns]) {
            checkProduct(set, matrices, strip)
        }
    }

    private func checkProduct(_ set: InstructionSet, _ matrices: MatrixCase, _ strip: Int) {
        let (m, n, k) = (matrices.rows, matrices.columns, matrices.inner)
        var numbers = Numbers(seed: 77)
        let (a, b) = (numbers.uniform(m * k), numbers.uniform(k * n))
        let (aRow, aColumn) = matrices.leftIsTransposed ? (1, m) : (k, 1)
        let (bRow, bColumn) = matrices.rightIsTransposed ? (1, k) : (n, 1)
        let packed = GuardedArray(count: (n + strip - 1) / strip * strip * k, offset: 1)
        let tiles = GuardedArray(count: m * k, offset: 3)
        let (left, right) = (GuardedArray(a, offset: 1), GuardedArray(b, offset: 2))
        right.withPointer { b in
            packed.withPointer { set.kernels.pack_right(b, bRow, bColumn, $0, k, n, strip) }
        }
        left.withPointer { a in
            tiles.withPointer { set.kernels.pack_left(a, aRow, aColumn, $0, m, k) }
        }
        #expect(tiles.values().sorted() == a.sorted())
        #expect(packed.values().filter { $0 != 0 }.sorted() == b.filter { $0 != 0 }.sorted())

        let stride = n + 3
        let old = numbers.uniform(m * stride)
        for adds in [false, true] {
            for usesTiles in [false, true] {
                let start = adds ? old : old.map { _ in Float.nan }
                let output = GuardedArray(start)
                let source = usesTiles ? tiles : left
                let (row, column) = usesTiles ? (0, 0) : (aRow, aColumn)
                source.withPointer { a in
                    packed.withPointer { b in
                        output.withPointer {
                            set.kernels.multiply_packed(
                                a, row, column, b, strip, adds ? 1 : 0, $0, stride, m, n, k, nil)
                        }
                    }
                }
                let result = output.values()
                var isClose = true
                for i in 0..<m {
                    for j in 0..<n {
                        // Σ a·b in double, and Σ |a·b|, which bounds what rounding can do to it:
                        // (k + 1) half units in the last place (Higham 2002, section 3.1).
                        var exact = adds ? Double(old[i * stride + j]) : 0
                        var magnitude = abs(exact)
                        for l in 0..<k {
                            let x = Double(a[i * aRow + l * aColumn])
                            let y = Double(b[l * bRow + j * bColumn])
                            exact += x * y
                            magnitude += abs(x * y)
                        }
                        let error = abs(Double(result[i * stride + j]) - exact)
                        isClose = isClose && error <= Double(k + 1) * 0x1p-24 * magnitude
                    }
                    // What lies between the rows stays.
                    let gap = (i * stride + n)..<((i + 1) * stride)
                    #expect(same(Array(result[gap]), Array(start[gap])))
                }
                #expect(isClose, "strip: \(strip), added: \(adds), packed tiles: \(usesTiles)")
            }
        }
    }

    @Test(
        "What is fetched for the next product changes nothing", arguments: InstructionSet.available)
    func comingBlocks(set: InstructionSet) {
        let (m, n, k, strip) = (21, 100, 70, set.kernels.strip_columns)
        var numbers = Numbers(seed: 78)
        let left = GuardedArray(numbers.uniform(m * k), offset: 1)
        let right = GuardedArray(numbers.uniform(k * n), offset: 2)
        let packed = GuardedArray(count: (n + strip - 1) / strip * strip * k, offset: 1)
        right.withPointer { b in
            packed.withPointer { set.kernels.pack_right(b, n, 1, $0, k, n, strip) }
        }
        func product(_ coming: [mini_block]?) -> [Float] {
            let output = GuardedArray(Array(repeating: Float.nan, count: m * n))
            left.withPointer { a in
                packed.withPointer { b in
                    output.withPointer {
                        set.kernels.multiply_packed(a, k, 1, b, strip, 0, $0, n, m, n, k, coming)
                    }
                }
            }
            return output.values()
        }
        let alone = product(nil)
        right.withPointer { b in
            for (rows, columns) in [(k, n), (1, 1), (0, n), (3 * k, 5), (k, 10_000)] {
                let block = mini_block(start: b, stride: n, rows: rows, columns: columns)
                #expect(same(product([block, mini_block()]), alone))
                #expect(same(product([mini_block(), block]), alone))
                #expect(same(product([block, block]), alone))
            }
        }
    }
}
