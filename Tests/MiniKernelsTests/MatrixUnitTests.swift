import CMiniKernels
import Testing

@Suite("Products on matrix units", .enabled(if: mini_matrix_units_named("amx") != nil))
struct MatrixUnitTests {
    let units = mini_matrix_units_named("amx")!.pointee

    /// Edges of tiles in every direction, besides those of the vector kernels.
    static let cases: [MatrixCase] =
        MatrixCase.all
        + [(32, 32, 32), (33, 48, 64), (48, 31, 65), (64, 80, 96), (95, 33, 257)].flatMap {
            rows, columns, inner in
            [(false, false), (false, true), (true, false), (true, true)].map {
                MatrixCase(
                    rows: rows, columns: columns, inner: inner, leftIsTransposed: $0.0,
                    rightIsTransposed: $0.1)
            }
        }

    /// c = a·b, or added to `old`, with rows `stride` apart; `nil` if a factor is refused.
    private func product(
        _ a: [Float], _ b: [Float], _ matrices: MatrixCase, onto old: [Float]?, stride: Int
    ) -> [Float]? {
        let (m, n, k) = (matrices.rows, matrices.columns, matrices.inner)
        let (aRow, aColumn) = matrices.leftIsTransposed ? (1, m) : (k, 1)
        let (bRow, bColumn) = matrices.rightIsTransposed ? (1, k) : (n, 1)
        let left = GuardedArray(count: mini_matrix_units_count(m, k), offset: 1)
        let right = GuardedArray(count: mini_matrix_units_count(n, k), offset: 3)
        let isPacked = (
            left.withPointer { units.pack_left(a, aRow, aColumn, $0, m, k) },
            right.withPointer { units.pack_right(b, bRow, bColumn, $0, k, n) }
        )
        guard isPacked == (1, 1) else { return nil }
        let output = GuardedArray(old ?? [Float](repeating: .nan, count: m * stride), offset: 2)
        left.withPointer { left in
            right.withPointer { right in
                output.withPointer {
                    units.multiply(left, right, old == nil ? 0 : 1, $0, stride, m, n, k)
                }
            }
        }
        _ = (left.values(), right.values())
        return output.values()
    }

    @Test("A product is as near to the exact one as one in floats may be", arguments: cases)
    func product(matrices: MatrixCase) throws {
        let (m, n, k) = (matrices.rows, matrices.columns, matrices.inner)
        var numbers = Numbers(seed: 78)
        let (a, b) = (numbers.uniform(m * k), numbers.uniform(k * n))
        let (aRow, aColumn) = matrices.leftIsTransposed ? (1, m) : (k, 1)
        let (bRow, bColumn) = matrices.rightIsTransposed ? (1, k) : (n, 1)
        let stride = n + 3
        for old in [nil, numbers.uniform(m * stride)] {
            let result = try #require(product(a, b, matrices, onto: old, stride: stride))
            var isClose = true
            for i in 0..<m {
                for j in 0..<n {
                    var exact = Double(old?[i * stride + j] ?? 0)
                    var magnitude = abs(exact)
                    for l in 0..<k {
                        let term =
                            Double(a[i * aRow + l * aColumn]) * Double(b[l * bRow + j * bColumn])
                        exact += term
                        magnitude += abs(term)
                    }
                    // The bound that MatrixKernelTests has for sums in floats, and what the three
                    // products that are left out may add up to.
                    let bound = Double(k + 1) * 0x1p-24 + 0x1p-23
                    let error = abs(Double(result[i * stride + j]) - exact)
                    isClose = isClose && error <= bound * magnitude
                }
                let gap = (i * stride + n)..<((i + 1) * stride)
                #expect(
                    result[gap].allSatisfy(\.isNaN)
                        || Array(result[gap]) == old.map { Array($0[gap]) })
            }
            #expect(isClose)
        }
    }

    @Test("Factors of every size are split without loss: each times one is itself")
    func splitting() throws {
        var numbers = Numbers(seed: 79)
        let (rows, columns) = (64, 32)
        // 2^−100 … 2^100 times a number with all 24 digits.
        let a = numbers.uniform(rows * columns).enumerated().map { index, x in
            x * Float(sign: .plus, exponent: index % 201 - 100, significand: 1)
        }
        let identity = (0..<columns * columns).map { Float($0 / columns == $0 % columns ? 1 : 0) }
        let shape = MatrixCase(
            rows: rows, columns: columns, inner: columns, leftIsTransposed: false,
            rightIsTransposed: false)
        #expect(try #require(product(a, identity, shape, onto: nil, stride: columns)) == a)
        let mirrored = MatrixCase(
            rows: columns, columns: rows, inner: columns, leftIsTransposed: false,
            rightIsTransposed: false)
        #expect(try #require(product(identity, a, mirrored, onto: nil, stride: rows)) == a)
    }

    @Test(
        "What they cannot multiply is refused, wherever it stands",
        arguments: [Float.infinity, -.infinity, .nan, .greatestFiniteMagnitude, 3.3962e38, -3.4e38])
    func refused(value: Float) {
        for (rows, inner) in [(1, 1), (20, 40), (32, 32)] {
            for isTransposed in [false, true] {
                for place in [0, rows * inner / 2, rows * inner - 1] {
                    var a = [Float](repeating: 1, count: rows * inner)
                    let (row, column) = isTransposed ? (1, rows) : (inner, 1)
                    var packed = [Float](
                        repeating: 0, count: mini_matrix_units_count(rows, inner))
                    #expect(units.pack_left(a, row, column, &packed, rows, inner) == 1)
                    #expect(units.pack_right(a, column, row, &packed, inner, rows) == 1)
                    a[place] = value
                    #expect(units.pack_left(a, row, column, &packed, rows, inner) == 0)
                    #expect(units.pack_right(a, column, row, &packed, inner, rows) == 0)
                }
            }
        }
    }

    @Test("Asked for one instruction set, nothing else is used")
    func choice() {
        let isWanted = InstructionSet.wanted == nil
        #expect((mini_matrix_units_best() != nil) == isWanted)
        #expect(mini_matrix_units_named("avx512") == nil)
    }
}
