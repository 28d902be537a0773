import CLAPACKE

/// The lower triangular l with l·lᵀ = a, for symmetric positive definite matrices.
///
/// ∂/∂a = the symmetric part of l⁻ᵀ·Φ(lᵀ·g)·l⁻¹, with Φ the lower triangle whose diagonal is halved
/// (Murray 2016, "Differentiation of the Cholesky decomposition").
///
/// - Parameter a: `[…, n, n]`; only the lower triangle is read, but the gradient is symmetric.
public func cholesky(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    let size = squareSize(a, "cholesky")
    try requireFinite(a)
    var factor = a.copied()
    let n = LAPACK.extent(size)
    try factor.writing { (factor) throws(LinearAlgebraError) in
        for matrix in 0..<a.matrixCount {
            let start = factor + matrix * size * size
            let status = try LAPACK.call("spotrf") {
                LAPACKE_spotrf(LAPACK_ROW_MAJOR, 76 /* L */, n, start, max(1, n))
            }
            if status > 0 { throw LinearAlgebraError.notPositiveDefinite(order: status) }
        }
    }
    let l = tril(factor)
    return l.recorded(.cholesky, a) { gradient in
        let inner = tril(matmul(l.T, tril(gradient)))
        let halved = inner - inner * Tensor.identity(size) * 0.5
        return unfailing { () throws(LinearAlgebraError) in
            let left = try triangularSolution(l, halved, upper: false, transposed: true)
            let both = try triangularSolution(l, left.T, upper: false, transposed: true)
            return (both + both.T) * 0.5
        }
    }
}
