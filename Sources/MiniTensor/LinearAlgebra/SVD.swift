import CLAPACKE

/// The reduced singular value decomposition a = u · diag(s) · vᵀ.
///
/// With ū, s̄, v̄ the gradients of the results (Townsend 2016, "Differentiating the Singular Value
/// Decomposition"), Fᵢⱼ = 1/(sⱼ² − sᵢ²), S = diag(s):
///
///     ∂/∂a = u·(diag(s̄) + (F∘(uᵀū − ūᵀu))·S + S·(F∘(vᵀv̄ − v̄ᵀv)))·vᵀ
///            + (1 − u·uᵀ)·ū·S⁻¹·vᵀ + u·S⁻¹·v̄ᵀ·(1 − v·vᵀ)
///
/// Where singular values are equal or 0, what divides by their difference or by them is left out. The signs
/// of a pair of vectors are not determined, so that only what does not depend on them has a gradient of
/// meaning.
///
/// - Parameter a: `[…, m, n]`.
/// - Returns: u `[…, m, k]`, s `[…, k]` with the largest first, vᵀ `[…, k, n]`, with k the smaller of m
///   and n.
public func svd(_ a: Tensor) throws(LinearAlgebraError) -> (u: Tensor, s: Tensor, vT: Tensor) {
    precondition(a.rank >= 2, "svd needs a matrix, but the shape is \(a.shape).")
    let (rows, columns) = (a.dim(-2), a.dim(-1))
    try requireFinite(a)
    let rank = min(rows, columns)
    var (work, s) = (a.copied(), Tensor.zeros(a.batchShape + [rank]))
    var (u, vT) = (a.matrices(rows, rank), a.matrices(rank, columns))
    let (m, n, k) = (LAPACK.extent(rows), LAPACK.extent(columns), LAPACK.extent(rank))
    try writing(&work, &s) { (work, s) throws(LinearAlgebraError) in
        try writing(&u, &vT) { (u, vT) throws(LinearAlgebraError) in
            for matrix in 0..<a.matrixCount {
                let status = try LAPACK.call("sgesdd") {
                    LAPACKE_sgesdd(
                        LAPACK_ROW_MAJOR, 83 /* S */, m, n, work + matrix * rows * columns,
                        max(1, n), s + matrix * rank, u + matrix * rows * rank, max(1, k),
                        vT + matrix * rank * columns, max(1, n))
                }
                if status > 0 { throw LinearAlgebraError.notConverged }
            }
        }
    }
    let factors = SingularFactors(u: u, s: s, vT: vT)
    let parts = recordedTogether(.svd, [u, s, vT], of: a) {
        factors.gradient(u: $0[0], s: $0[1], vT: $0[2])
    }
    return (parts[0], parts[1], parts[2])
}

private struct SingularFactors: Sendable {
    let u: Tensor
    let s: Tensor
    let vT: Tensor

    /// The gradient of the matrix from those of its factors.
    func gradient(u uBar: Tensor, s sBar: Tensor, vT vTBar: Tensor) -> Tensor {
        let (rows, columns) = (s.expandedDimensions(axis: -1), s.expandedDimensions(axis: -2))
        let differences = inverseDifferences(square(s))
        let uInner = matmul(u.T, uBar)
        let vInner = matmul(vT, vTBar.T)
        let inner =
            (uInner - uInner.T) * differences * columns
            + (vInner - vInner.T) * differences * rows
            + sBar.expandedDimensions(axis: -1) * Tensor.identity(s.dim(-1))
        let inverses = inverseOrZero(s)
        let uRest = (uBar - matmul(u, uInner)) * inverses.expandedDimensions(axis: -2)
        let vRest = (vTBar - matmul(vInner.T, vT)) * inverses.expandedDimensions(axis: -1)
        return matmul(matmul(u, inner) + uRest, vT) + matmul(u, vRest)
    }
}
