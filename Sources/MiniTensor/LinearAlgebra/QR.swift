import CLAPACKE

/// The reduced QR factorisation a = q·r: q has orthonormal columns, r is upper triangular.
///
/// With q̄ and r̄ the gradients of the results: ∂/∂a = (q̄ + q·S(r·r̄ᵀ − q̄ᵀ·q))·r⁻ᵀ, where S(m) is the
/// symmetric matrix with m's lower triangle (Liao et al. 2019, "Differentiable Programming Tensor
/// Networks"); for m < n with r = [u, v] and a = [x, y], ∂/∂x is that of x = q·u with q̄ + y·v̄ᵀ, and
/// ∂/∂y = q·v̄ (Roberts & Roberts 2020).
///
/// - Parameter a: `[…, m, n]`.
/// - Returns: q `[…, m, k]` and r `[…, k, n]` with k the smaller of m and n.
/// - Throws: `dependentColumns` if a gradient is recorded that does not exist, because the first k columns
///   depend on each other.
public func qr(_ a: Tensor) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
    let (q, r) = try factors(a)
    let k = q.dim(-1)
    let diagonal = r.diagonal()
    if a.isRecorded, (diagonal .== 0).any().item() == 1 { throw .dependentColumns }
    let constant = a.detached()
    let parts = recordedTogether(.qr, [q, r], of: a) { gradients in
        let (columns, rest) = (0..<k, k...)
        let u = r[.ellipsis, columns]
        let (y, v) = (constant[.ellipsis, rest], gradients[1][.ellipsis, rest])
        let qBar = gradients[0] + matmul(y, v.T)
        let m = matmul(u, gradients[1][.ellipsis, columns].T) - matmul(qBar.T, q)
        let symmetric = tril(m) + tril(m, k: -1).T
        let x = qBar + matmul(q, symmetric)
        let slope = unfailing { () throws(LinearAlgebraError) in
            try triangularSolution(u, x.T, upper: true, transposed: false).T
        }
        return concatenated([slope, matmul(q, v)], axis: -1)
    }
    return (parts[0], parts[1])
}

private func factors(_ a: Tensor) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
    precondition(a.rank >= 2, "qr needs a matrix, but the shape is \(a.shape).")
    let (rows, columns) = (a.dim(-2), a.dim(-1))
    try requireFinite(a)
    let rank = min(rows, columns)
    var factors = a.copied()
    let (m, n, k) = (LAPACK.extent(rows), LAPACK.extent(columns), LAPACK.extent(rank))
    var scalars = [Float](repeating: 0, count: max(1, rank) * a.matrixCount)
    try factors.writing { (factors) throws(LinearAlgebraError) in
        for matrix in 0..<a.matrixCount {
            var own = [Float](repeating: 0, count: max(1, rank))
            _ = try LAPACK.call("sgeqrf") {
                LAPACKE_sgeqrf(
                    LAPACK_ROW_MAJOR, m, n, factors + matrix * rows * columns, max(1, n), &own)
            }
            let start = matrix * max(1, rank)
            scalars.replaceSubrange(start..<start + own.count, with: own)
        }
    }
    let r = triu(factors[.ellipsis, ..<rank, .all])
    var q = factors[.ellipsis, ..<rank].copied()
    try q.writing { (q) throws(LinearAlgebraError) in
        for matrix in 0..<a.matrixCount {
            let own = Array(scalars[matrix * max(1, rank)..<(matrix + 1) * max(1, rank)])
            _ = try LAPACK.call("sorgqr") {
                LAPACKE_sorgqr(
                    LAPACK_ROW_MAJOR, m, k, k, q + matrix * rows * rank, max(1, k), own)
            }
        }
    }
    return (q, r)
}
