import CLAPACKE
import CMiniKernels

/// Why a matrix could not be solved or taken apart.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
    /// An exact zero on the diagonal of U: the equations have no unique solution.
    case singular(pivot: Int)
    /// The leading part of this order is not positive definite.
    case notPositiveDefinite(order: Int)
    /// The iteration for eigenvalues or singular values did not converge.
    case notConverged
    /// The matrix holds NaN or infinity.
    case notFinite
    /// LAPACK found no memory for its work.
    case outOfMemory

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .singular(let pivot):
            "The matrix is singular: pivot \(pivot) of its LU factorisation is exactly 0, so the equations have no unique solution."
        case .notPositiveDefinite(let order):
            "The matrix is not positive definite: its leading part of \(order) rows and columns is not."
        case .notConverged:
            "The iteration for the eigenvalues or singular values did not converge."
        case .notFinite:
            "The matrix holds NaN or infinity; check the data it was made from."
        case .outOfMemory:
            "There is not enough memory for this factorisation."
        }
    }
}

// Dense linear algebra by LAPACK, on matrices of two axes. No gradients flow through these. OpenBLAS stays on
// the calling thread (`OpenBLAS.staySingleThreaded`), so results depend neither on the number of processors
// nor on what ran before.

/// The x with a·x = b, by LU factorisation with pivoting.
///
/// - Parameters:
///   - a: `[n, n]`.
///   - b: `[n]` or `[n, columns]`.
/// - Returns: the shape of `b`.
public func solve(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
    let size = squareSize(a, "solve")
    precondition(
        (b.rank == 1 || b.rank == 2) && b.dim(0) == size,
        "solve: b has shape \(b.shape), but the matrix has \(size) rows.")
    try requireFinite(a, b)
    let columns = b.rank == 1 ? 1 : b.dim(1)
    var (factors, x) = (a.copied(), b.copied())
    var pivots = [Int32](repeating: 0, count: size)
    let (n, m) = (LAPACK.extent(size), LAPACK.extent(columns))
    let status = try LAPACK.call("sgesv") {
        factors.writing { factors in
            x.writing {
                LAPACKE_sgesv(
                    LAPACK_ROW_MAJOR, n, m, factors, max(1, n), &pivots, $0, max(1, m))
            }
        }
    }
    if status > 0 { throw .singular(pivot: status) }
    return x
}

/// The lower triangular L with L·Lᵀ = a, for a symmetric positive definite matrix.
///
/// - Parameter a: `[n, n]`; only its lower triangle is read.
public func cholesky(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    let size = squareSize(a, "cholesky")
    try requireFinite(a)
    var factor = a.copied()
    let n = LAPACK.extent(size)
    let status = try LAPACK.call("spotrf") {
        factor.writing { LAPACKE_spotrf(LAPACK_ROW_MAJOR, 76 /* L */, n, $0, max(1, n)) }
    }
    if status > 0 { throw .notPositiveDefinite(order: status) }
    factor.writing { factor in
        for row in 0..<size {
            for column in (row + 1)..<max(row + 1, size) { factor[row * size + column] = 0 }
        }
    }
    return factor
}

/// The reduced QR factorisation a = q·r: q has orthonormal columns, r is upper triangular.
///
/// - Parameter a: `[m, n]`.
/// - Returns: q `[m, k]` and r `[k, n]` with k the smaller of m and n.
public func qr(_ a: Tensor) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
    let (rows, columns) = a.shape2
    try requireFinite(a)
    let rank = min(rows, columns)
    var factors = a.copied()
    var scalars = [Float](repeating: 0, count: max(1, rank))
    let (m, n, k) = (LAPACK.extent(rows), LAPACK.extent(columns), LAPACK.extent(rank))
    _ = try LAPACK.call("sgeqrf") {
        factors.writing { LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, m, n, $0, max(1, n), &scalars) }
    }
    var r = Tensor.zeros([rank, columns])
    factors.reading { factors in
        r.writing { r in
            for row in 0..<rank {
                for column in row..<columns {
                    r[row * columns + column] = factors[row * columns + column]
                }
            }
        }
    }
    var q = factors.detached()[0..<rows, 0..<rank].copied()
    _ = try LAPACK.call("sorgqr") {
        q.writing { LAPACKE_sorgqr(LAPACK_ROW_MAJOR, m, k, k, $0, max(1, k), &scalars) }
    }
    return (q, r)
}

/// The eigenvalues, smallest first, and orthonormal eigenvectors of a symmetric matrix.
///
/// - Parameter a: `[n, n]`; only its lower triangle is read.
/// - Returns: values `[n]`, and vectors `[n, n]` as columns: a·v[:, i] = values[i]·v[:, i].
public func symmetricEigen(
    _ a: Tensor
) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
    let size = squareSize(a, "symmetricEigen")
    try requireFinite(a)
    var (vectors, values) = (a.copied(), Tensor.zeros([size]))
    let n = LAPACK.extent(size)
    let status = try LAPACK.call("ssyevd") {
        vectors.writing { vectors in
            values.writing {
                LAPACKE_ssyevd(
                    LAPACK_ROW_MAJOR, 86 /* V */, 76 /* L */, n, vectors, max(1, n), $0)
            }
        }
    }
    if status > 0 { throw .notConverged }
    return (values, vectors)
}

/// The reduced singular value decomposition a = u · diag(s) · vᵀ.
///
/// - Parameter a: `[m, n]`.
/// - Returns: u `[m, k]`, s `[k]` with the largest first, vᵀ `[k, n]`, with k the smaller of m and n.
public func svd(_ a: Tensor) throws(LinearAlgebraError) -> (u: Tensor, s: Tensor, vT: Tensor) {
    let (rows, columns) = a.shape2
    try requireFinite(a)
    let rank = min(rows, columns)
    var (work, s) = (a.copied(), Tensor.zeros([rank]))
    var (u, vT) = (Tensor.zeros([rows, rank]), Tensor.zeros([rank, columns]))
    let (m, n, k) = (LAPACK.extent(rows), LAPACK.extent(columns), LAPACK.extent(rank))
    let status = try LAPACK.call("sgesdd") {
        work.writing { work in
            s.writing { s in
                u.writing { u in
                    vT.writing {
                        LAPACKE_sgesdd(
                            LAPACK_ROW_MAJOR, 83 /* S */, m, n, work, max(1, n), s, u, max(1, k),
                            $0, max(1, n))
                    }
                }
            }
        }
    }
    if status > 0 { throw .notConverged }
    return (u, s, vT)
}

private func squareSize(_ a: Tensor, _ operation: String) -> Int {
    precondition(
        a.rank == 2 && a.dim(0) == a.dim(1),
        "\(operation) needs a square matrix, but the shape is \(a.shape).")
    return a.dim(0)
}

private func requireFinite(_ matrices: Tensor...) throws(LinearAlgebraError) {
    for matrix in matrices where !matrix.isFinite { throw .notFinite }
}

extension Tensor {
    /// Whether no element is NaN or infinite.
    public var isFinite: Bool {
        withUnsafeScalars { scalars in
            guard let start = scalars.baseAddress else { return true }
            return kernels.all_finite(start, scalars.count) != 0
        }
    }
}
