import Testing

@testable import MiniTensor

@Suite struct MatmulTests {
    private static let shapes: [([Int], [Int])] = [
        ([2, 3], [3, 4]), ([1, 5], [5, 1]), ([7, 1], [1, 6]), ([1, 9], [9, 4]), ([4, 9], [9, 1]),
        ([3, 0], [0, 2]), ([0, 3], [3, 2]), ([2, 3], [3, 0]), ([17, 33], [33, 19]),
        ([5, 2, 3], [3, 4]), ([5, 2, 3], [5, 3, 4]), ([2, 1, 4, 3], [3, 3, 2]),
        ([2, 3], [4, 3, 5]), ([1, 2, 3], [6, 3, 2]), ([2, 3, 2, 4], [2, 3, 4, 5]),
        ([3, 1, 5], [3, 5, 1]), ([0, 2, 3], [3, 4]), ([2, 4, 0], [2, 0, 3]),
        ([2, 1, 3], [2, 3, 4]),
        ([65, 70], [70, 66]),
    ]

    @Test(arguments: [ProductEngine.own, .blas], MatmulTests.shapes)
    func anyTwoLayoutsAreMultiplied(engine: ProductEngine, shapes: ([Int], [Int])) {
        Compute.$products.withValue(engine) { multiplyAnyTwoLayouts(shapes.0, shapes.1) }
    }

    private func multiplyAnyTwoLayouts(_ aShape: [Int], _ bShape: [Int]) {
        var generator = SplitMix64(seed: 61)
        for first in Arrangement.allCases {
            for second in Arrangement.allCases {
                let a = first.tensor(.random(aShape, using: &generator))
                let b = second.tensor(.random(bShape, using: &generator))
                // What an earlier tensor left in the result's memory must not matter.
                poisonPool(count: Plain.broadcastShape(aShape, bShape).reduce(1, *))
                let product = matmul(a, b)
                let expected = Plain(a).matrixProduct(Plain(b))
                poisonPool(count: expected.count)
                #expect(mismatch(product, expected, tolerance: 5e-6) == nil, "\(first) \(second)")
                #expect(mismatch(matmul(a, b), expected, tolerance: 5e-6) == nil)
            }
        }
    }

    /// The last two axes exchanged, so that they lie column by column in every batch.
    @Test(arguments: [([2, 3, 4], [2, 5, 4]), ([6, 4], [5, 4]), ([2, 2, 1, 3], [2, 7, 3])])
    func aTransposedRightFactorIsReadWhereItLies(aShape: [Int], bShape: [Int]) {
        var generator = SplitMix64(seed: 62)
        for arrangement in Arrangement.general {
            let a = arrangement.tensor(.random(aShape, using: &generator))
            let b = arrangement.tensor(.random(bShape, using: &generator)).T
            #expect(
                mismatch(matmul(a, b), Plain(a).matrixProduct(Plain(b)), tolerance: 2e-6) == nil)
            let (c, d) = (a.T, Plain.random([a.dim(-2), 3], using: &generator).tensor)
            #expect(
                mismatch(matmul(c, d), Plain(c).matrixProduct(Plain(d)), tolerance: 2e-6) == nil)
        }
    }

    @Test(arguments: Arrangement.allCases)
    func vectorsAreRowsOnTheLeftAndColumnsOnTheRight(arrangement: Arrangement) {
        var generator = SplitMix64(seed: 63)
        let v = arrangement.tensor(.random([3], using: &generator))
        let m = arrangement.tensor(.random([3, 4], using: &generator))
        let n = arrangement.tensor(.random([2, 5, 3], using: &generator))
        let row = Plain(v).reshaped([1, 3])
        let column = Plain(v).reshaped([3, 1])
        #expect(
            mismatch(matmul(v, m), row.matrixProduct(Plain(m)).reshaped([4]), tolerance: 1e-6)
                == nil)
        #expect(
            mismatch(
                matmul(n, v), Plain(n).matrixProduct(column).reshaped([2, 5]), tolerance: 1e-6)
                == nil)
        #expect(
            mismatch(
                matmul(v, n.T), row.matrixProduct(Plain(n.T)).reshaped([2, 5]), tolerance: 1e-6)
                == nil)
        #expect(
            mismatch(matmul(v, v), row.matrixProduct(column).reshaped([]), tolerance: 1e-6) == nil)
    }

    /// Products so large that matrix units would make them, which know neither ∞ nor the largest floats.
    @Test(
        arguments: [ProductEngine.own, .blas],
        [(Float.infinity, Float.infinity), (3.4e38, 3.4e38), (.nan, .nan)])
    func whatIsNotFiniteStaysInItsRowOrColumn(engine: ProductEngine, values: (Float, Float)) {
        Compute.$products.withValue(engine) { multiplyNotFinite(values.0, expected: values.1) }
    }

    private func multiplyNotFinite(_ value: Float, expected: Float) {
        let (rows, inner, columns) = (130, 520, 70)
        var a = Tensor.ones([rows, inner])
        var b = Tensor.ones([inner, columns])
        a[17, 300] = Tensor(value)
        var product = matmul(a, b)
        for row in [0, 16, 17, 18, 129] {
            for column in [0, 31, 69] {
                let element = product[row, column].item()
                let wanted = row == 17 ? expected : Float(inner)
                #expect(element == wanted || element.isNaN && wanted.isNaN)
            }
        }
        a[17, 300] = Tensor(1)
        b[511, 33] = Tensor(value)
        product = matmul(a, b)
        for row in [0, 64, 129] {
            for column in [0, 32, 33, 34, 69] {
                let element = product[row, column].item()
                let wanted = column == 33 ? expected : Float(inner)
                #expect(element == wanted || element.isNaN && wanted.isNaN)
            }
        }
    }

    @Test func rowsAndColumnsOfAMatrixAreMultiplied() {
        var generator = SplitMix64(seed: 64)
        let m = Plain.random([9, 7], using: &generator).tensor
        let row = m[2..<3]
        let column = m[.all, 3..<4]
        #expect(
            mismatch(matmul(row, m.T), Plain(row).matrixProduct(Plain(m.T)), tolerance: 1e-6) == nil
        )
        #expect(
            mismatch(matmul(m.T, column), Plain(m.T).matrixProduct(Plain(column)), tolerance: 1e-6)
                == nil)
        #expect(
            mismatch(matmul(column, row), Plain(column).matrixProduct(Plain(row)), tolerance: 1e-6)
                == nil)
        let stepped = m[.stride(by: 2), .stride(by: -3)]
        #expect(
            mismatch(
                matmul(stepped, stepped.T), Plain(stepped).matrixProduct(Plain(stepped.T)),
                tolerance: 1e-6) == nil)
    }

    @Test(
        arguments: [ProductEngine.own, .blas],
        [
            ([300, 200], [200, 310]), ([600, 515], [515, 70]), ([16, 300], [300, 900]),
            ([1, 700], [700, 900]), ([900, 700], [700, 1]), ([70, 40, 30], [70, 30, 50]),
            ([4, 90, 64], [64, 100]),
        ])
    func largeProductsAreDividedAmongThreads(engine: ProductEngine, shapes: ([Int], [Int])) {
        Compute.$products.withValue(engine) { multiplyLarge(shapes.0, shapes.1) }
    }

    private func multiplyLarge(_ aShape: [Int], _ bShape: [Int]) {
        var generator = SplitMix64(seed: 65)
        for arrangement in [Arrangement.contiguous, .transposed, .sliced] {
            let a = arrangement.tensor(.random(aShape, using: &generator))
            let b = arrangement.tensor(.random(bShape, using: &generator))
            let expected = Plain(a).matrixProduct(Plain(b))
            #expect(mismatch(matmul(a, b), expected, tolerance: 2e-5) == nil, "\(arrangement)")
        }
    }

    @Test func headsOfAProjectionAreMultipliedWithoutACopy() {
        var generator = SplitMix64(seed: 66)
        let x = Plain.random([2, 6, 24], using: &generator).tensor
        let queries = x[.ellipsis, ..<8].reshaped(2, 6, 2, 4).transposed(0, 2, 1, 3)
        let keys = x[.ellipsis, 8..<16].reshaped(2, 6, 2, 4).transposed(0, 2, 1, 3)
        let scores = matmul(queries, keys.T)
        #expect(
            mismatch(scores, Plain(queries).matrixProduct(Plain(keys.T)), tolerance: 1e-6) == nil)
    }

    @Test func aProductOverNothingIsZero() {
        for (a, b) in [
            ([3, 0], [0, 2]), ([1, 0], [0, 2]), ([3, 0], [0, 1]), ([2, 3, 0], [0, 4]),
        ] {
            poisonPool(count: 24)
            let product = matmul(Tensor.zeros(a), Tensor.zeros(b))
            #expect(product.scalars.allSatisfy { $0 == 0 })
        }
    }
}
