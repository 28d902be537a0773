import COpenBLAS
import TestExits
import Testing

@testable import MiniTensor

@Suite struct LinearAlgebraTests {
    private static let sizes = [0, 1, 5, 40]
    private static let shapes = [
        [0, 0], [1, 1], [5, 5], [40, 40], [7, 3], [3, 7], [40, 11], [11, 40], [4, 0], [0, 4],
        [1, 6],
        [6, 1],
    ]

    private func random(_ shape: [Int], _ seed: UInt64 = 71) -> Plain {
        var generator = SplitMix64(seed: seed)
        return Plain.random(shape, using: &generator)
    }

    private func identity(_ size: Int) -> Plain {
        Plain(shape: [size, size]) { $0[0] == $0[1] ? 1 : 0 }
    }

    /// Symmetric and positive definite.
    private func definite(_ size: Int) -> Plain {
        let a = random([size, size])
        return a.matrixProduct(a.permuted([1, 0])).combined(with: identity(size)) { $0 + $1 }
    }

    @Test(arguments: sizes, Arrangement.general)
    func solveUndoesAProduct(size: Int, arrangement: Arrangement) throws {
        let a = random([size, size]).combined(with: identity(size)) { $0 + 5 * $1 }
        for columns in [nil, 0, 1, 3] {
            let x = random(columns.map { [size, $0] } ?? [size], 72)
            let b = a.matrixProduct(x.reshaped([size, columns ?? 1])).reshaped(x.shape)
            let solution = try solve(arrangement.tensor(a), arrangement.tensor(b))
            #expect(mismatch(solution, x, tolerance: 1e-4) == nil)
        }
    }

    @Test(arguments: sizes, Arrangement.general)
    func theCholeskyFactorTimesItsTransposeIsTheMatrix(size: Int, arrangement: Arrangement) throws {
        let a = definite(size)
        let factor = try cholesky(arrangement.tensor(a))
        let l = Plain(factor)
        #expect(mismatch(a.tensor, l.matrixProduct(l.permuted([1, 0])), tolerance: 1e-5) == nil)
        #expect(Plain.indices(of: l.shape).allSatisfy { $0[1] <= $0[0] || l[$0] == 0 })
        #expect((0..<size).allSatisfy { l[[$0, $0]] > 0 })
    }

    @Test(arguments: shapes, Arrangement.general)
    func theFactorsOfQRMultiplyToTheMatrix(shape: [Int], arrangement: Arrangement) throws {
        let a = random(shape)
        let (q, r) = try qr(arrangement.tensor(a))
        let rank = min(shape[0], shape[1])
        #expect(q.shape == [shape[0], rank] && r.shape == [rank, shape[1]])
        #expect(mismatch(a.tensor, Plain(q).matrixProduct(Plain(r)), tolerance: 1e-5) == nil)
        #expect(mismatch(matmul(q.T, q), identity(rank), tolerance: 1e-5) == nil)
        let upper = Plain(r)
        #expect(Plain.indices(of: r.shape).allSatisfy { $0[0] <= $0[1] || upper[$0] == 0 })
    }

    @Test(arguments: sizes, Arrangement.general)
    func eigenvectorsAreStretchedByTheirEigenvalues(size: Int, arrangement: Arrangement) throws {
        let half = random([size, size])
        let a = half.combined(with: half.permuted([1, 0])) { $0 + $1 }
        let (values, vectors) = try symmetricEigen(arrangement.tensor(a))
        let scaled = Plain(vectors).combined(with: Plain(values).reshaped([1, size])) { $0 * $1 }
        #expect(mismatch(matmul(a.tensor, vectors), scaled, tolerance: 3e-5) == nil)
        #expect(mismatch(matmul(vectors.T, vectors), identity(size), tolerance: 1e-5) == nil)
        #expect(zip(values.scalars, values.scalars.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test(arguments: shapes, Arrangement.general)
    func theSingularValuesRebuildTheMatrix(shape: [Int], arrangement: Arrangement) throws {
        let a = random(shape)
        let (u, s, vT) = try svd(arrangement.tensor(a))
        let rank = min(shape[0], shape[1])
        #expect(u.shape == [shape[0], rank] && s.shape == [rank] && vT.shape == [rank, shape[1]])
        let scaled = Plain(u).combined(with: Plain(s).reshaped([1, rank])) { $0 * $1 }
        #expect(mismatch(a.tensor, scaled.matrixProduct(Plain(vT)), tolerance: 2e-5) == nil)
        #expect(mismatch(matmul(u.T, u), identity(rank), tolerance: 1e-5) == nil)
        #expect(mismatch(matmul(vT, vT.T), identity(rank), tolerance: 1e-5) == nil)
        #expect(zip(s.scalars, s.scalars.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(s.scalars.allSatisfy { $0 >= 0 })
    }

    @Test func onlyTheLowerTriangleIsRead() throws {
        let a = definite(4)
        var lower = a.tensor
        for row in 0..<4 { lower[row, (row + 1)...] = Tensor(1e6) }
        let whole = try cholesky(a.tensor)
        let part = try cholesky(lower)
        #expect(whole.scalars == part.scalars)
        let values = try symmetricEigen(a.tensor).values
        let sameValues = try symmetricEigen(lower).values
        #expect(values.scalars == sameValues.scalars)
    }

    @Test func aSingularMatrixIsNamed() {
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) {
            try solve([[1, 2], [2, 4]], [1, 1])
        }
        #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
            try solve(Tensor.zeros([3, 3]), Tensor.ones([3]))
        }
    }

    @Test func aMatrixThatIsNotPositiveDefiniteIsNamed() {
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
            try cholesky([[1, 0], [0, -1]])
        }
    }

    @Test func numbersThatAreNotFiniteAreRefused() {
        let bad: Tensor = [[1, 0], [0, .init(floatLiteral: .nan)]]
        #expect(throws: LinearAlgebraError.notFinite) { try solve(bad, [1, 1]) }
        #expect(throws: LinearAlgebraError.notFinite) {
            try solve(Tensor.identity(2), Tensor([1, .infinity]))
        }
        #expect(throws: LinearAlgebraError.notFinite) { try cholesky(bad) }
        #expect(throws: LinearAlgebraError.notFinite) { try qr(bad) }
        #expect(throws: LinearAlgebraError.notFinite) { try symmetricEigen(bad) }
        #expect(throws: LinearAlgebraError.notFinite) { try svd(bad) }
    }

    @Test(arguments: [0, 1, 4], Arrangement.general)
    func batchesAreWorkedOnMatrixByMatrix(size: Int, arrangement: Arrangement) throws {
        let a = random([2, 3, size, size]).combined(with: identity(size)) { $0 + 5 * $1 }
        let b = random([3, size, 2], 73)
        let (many, sides) = (arrangement.tensor(a), arrangement.tensor(b))
        let solutions = try solve(many, sides)
        #expect(
            mismatch(matmul(many, solutions), b.broadcast(to: [2, 3, size, 2]), tolerance: 1e-5)
                == nil)
        let inverses = try inverse(many)
        let expected = identity(size).broadcast(to: [2, 3, size, size])
        #expect(mismatch(matmul(many, inverses), expected, tolerance: 1e-5) == nil)
        let (q, r) = try qr(many)
        #expect(mismatch(matmul(q, r), a, tolerance: 1e-5) == nil)
        let (u, s, vT) = try svd(many)
        let scaled = u * s.expandedDimensions(axis: -2)
        #expect(mismatch(matmul(scaled, vT), a, tolerance: 1e-5) == nil)
        let definite = matmul(many, many.T)
        let l = try cholesky(definite)
        #expect(mismatch(matmul(l, l.T), definite, tolerance: 1e-5) == nil)
        let (values, vectors) = try symmetricEigen(definite)
        let stretched = vectors * values.expandedDimensions(axis: -2)
        #expect(mismatch(matmul(definite, vectors), stretched, tolerance: 1e-4) == nil)
    }

    @Test(arguments: Self.sizes, Arrangement.general)
    func aTriangleIsSolvedWithoutReadingTheOther(size: Int, arrangement: Arrangement) throws {
        let a = random([size, size]).combined(with: identity(size)) { $0 / 5 + 3 * $1 }
        let x = random([size, 3], 74)
        for upper in [false, true] {
            let triangle = Plain(shape: a.shape) { index in
                upper == (index[0] < index[1]) || index[0] == index[1] ? a[index] : 0
            }
            let other = triangle.combined(with: identity(size)) { $1 == 0 && $0 == 0 ? .nan : $0 }
            let b = triangle.matrixProduct(x)
            let solution = try solveTriangular(arrangement.tensor(other), b.tensor, upper: upper)
            #expect(mismatch(solution, x, tolerance: 1e-4) == nil)
        }
        #expect(throws: LinearAlgebraError.singular(pivot: 2)) {
            try solveTriangular([[1, 0], [3, 0]], [1, 1])
        }
    }

    @Test func determinantsAreThoseOfPaperAndPencil() throws {
        let value = try determinant([[1, 2], [3, 4]])
        #expect(mismatch(value, Tensor(-2), tolerance: 1e-6) == nil)
        #expect(try determinant([[0, 1], [1, 0]]).item() == -1)
        #expect(try determinant([[1, 2], [2, 4]]).item() == 0)
        #expect(try determinant(Tensor.zeros([3, 0, 0])).scalars == [1, 1, 1])
        // The cofactors of a singular matrix.
        let slope = gradient(at: [[1, 2], [2, 4]]) { a in
            (try? determinant(a)) ?? Tensor(.nan)
        }
        #expect(mismatch(slope, Tensor([[4, -2], [-2, 1]]), tolerance: 1e-5) == nil)
    }

    @Test func leastSquaresHaveTheShortestRest() throws {
        let a = random([40, 3])
        let (matrix, side) = (a.tensor, random([40, 2], 75).tensor)
        let x = try leastSquares(matrix, side)
        // What is left is orthogonal to every column.
        let rest = side - matmul(matrix, x)
        #expect(mismatch(matmul(matrix.T, rest), Tensor.zeros([3, 2]), tolerance: 1e-5) == nil)
        // Of several solutions the shortest: the columns share what they explain.
        let twice = try leastSquares([[1, 1], [2, 2]], [2, 4])
        #expect(mismatch(twice, Tensor([1, 1]), tolerance: 1e-5) == nil)
        #expect(try leastSquares([[1, 1, 0]], [2]).count == 3)
        #expect(throws: LinearAlgebraError.dependentColumns) {
            try gradient(at: [[1, 1], [2, 2]]) { a throws(LinearAlgebraError) in
                try leastSquares(a, [2, 4]).sum()
            }
        }
    }

    @Test func aGradientThatDoesNotExistIsRefused() {
        #expect(throws: LinearAlgebraError.dependentColumns) {
            try gradient(at: Tensor.zeros([3, 2])) { a throws(LinearAlgebraError) in
                try qr(a).r.sum()
            }
        }
    }

    @Test func errorsAreSentencesWithTheirNumbers() {
        #expect(LinearAlgebraError.singular(pivot: 3).description.contains("pivot 3"))
        #expect(LinearAlgebraError.notPositiveDefinite(order: 7).description.contains("7 rows"))
        #expect(LinearAlgebraError.notFinite.description.contains("NaN"))
        #expect(LinearAlgebraError.notConverged.description.contains("converge"))
    }

    @Test func theInputStaysAsItWas() throws {
        let a = definite(5).tensor
        let before = a.scalars
        _ = try (solve(a, Tensor.ones([5])), cholesky(a), qr(a), symmetricEigen(a), svd(a))
        #expect(a.scalars == before)
    }

    /// Whatever the host program has set, and whatever ran before.
    @Test func resultsDoNotDependOnThreadsOfOpenBLAS() throws {
        let a = random([150, 150]).tensor
        let alone = try qr(a)
        openblas_set_num_threads(Int32(max(2, Compute.defaultThreads)))
        let after = try qr(a)
        #expect(firstDifference(after.q.scalars, alone.q.scalars) == nil)
        #expect(firstDifference(after.r.scalars, alone.r.scalars) == nil)
        #expect(openblas_get_num_threads() == 1)
    }

    @Test func missingMemoryIsAnErrorAndAWrongArgumentStops() async throws {
        for status in [-1_010, -1_011] {
            #expect(throws: LinearAlgebraError.outOfMemory) {
                try LAPACK.outcome(of: "sgesv", status: status)
            }
        }
        #expect(try LAPACK.outcome(of: "sgesv", status: 3) == 3)
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = try? LAPACK.outcome(of: "sgesv", status: -7)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("LAPACKE_sgesv does not take its argument number 7."))
    }

    @Test func extentsBeyond32BitsAreRefusedByASentence() async {
        #expect(OpenBLAS.extent(Int(Int32.max)) == Int32.max)
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            dieQuietly()
            _ = OpenBLAS.extent(1 << 31)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("at most 2147483647 rows") && text.contains("2147483648"))
    }
}
