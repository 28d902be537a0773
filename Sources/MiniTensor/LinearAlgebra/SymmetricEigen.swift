import CLAPACKE

/// The eigenvalues, smallest first, and orthonormal eigenvectors of symmetric matrices.
///
/// With l̄ and v̄ the gradients of the results: ∂/∂a = the symmetric part of
/// v·(diag(l̄) + F∘(vᵀ·v̄))·vᵀ with Fᵢⱼ = 1/(lⱼ − lᵢ), and 0 for equal eigenvalues (Giles 2008). A vector's
/// sign is not determined, so that only what does not depend on it has a gradient of meaning.
///
/// - Parameter a: `[…, n, n]`; only the lower triangle is read, but the gradient is symmetric.
/// - Returns: values `[…, n]`, and vectors `[…, n, n]` as columns: a·v[:, i] = values[i]·v[:, i].
public func symmetricEigen(
    _ a: Tensor
) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
    let size = squareSize(a, "symmetricEigen")
    try requireFinite(a)
    var (vectors, values) = (a.copied(), Tensor.zeros(a.batchShape + [size]))
    let n = LAPACK.extent(size)
    try writing(&vectors, &values) { (vectors, values) throws(LinearAlgebraError) in
        for matrix in 0..<a.matrixCount {
            let status = try LAPACK.call("ssyevd") {
                LAPACKE_ssyevd(
                    LAPACK_ROW_MAJOR, 86 /* V */, 76 /* L */, n, vectors + matrix * size * size,
                    max(1, n), values + matrix * size)
            }
            if status > 0 { throw LinearAlgebraError.notConverged }
        }
    }
    let (v, l) = (vectors, values)
    let parts = recordedTogether(.symmetricEigen, [values, vectors], of: a) { gradients in
        let inner =
            matmul(v.T, gradients[1]) * inverseDifferences(l)
            + gradients[0].expandedDimensions(axis: -1) * Tensor.identity(size)
        let slope = matmul(matmul(v, inner), v.T)
        return (slope + slope.T) * 0.5
    }
    return (parts[0], parts[1])
}

/// Fᵢⱼ = 1/(xⱼ − xᵢ), and 0 where they are equal: `[…, n]` → `[…, n, n]`.
func inverseDifferences(_ x: Tensor) -> Tensor {
    inverseOrZero(x.expandedDimensions(axis: -2) - x.expandedDimensions(axis: -1))
}

/// 1/x, and 0 where x is 0.
func inverseOrZero(_ x: Tensor) -> Tensor {
    reciprocal(x.filled(where: x .== 0, with: .infinity))
}
