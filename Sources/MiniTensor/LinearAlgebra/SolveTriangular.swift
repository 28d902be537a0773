import CLAPACKE

/// The x with a·x = b for triangular matrices, without a factorisation: what to do with the factors of
/// `cholesky` and `qr`.
///
///     let l = try cholesky(a)                          // solves a·x = b by two triangles
///     let x = try solveTriangular(l.T, solveTriangular(l, b), upper: true)
///
/// ∂/∂b = y with aᵀ·y = g; ∂/∂a = the triangle of −y·xᵀ (Giles 2008).
///
/// - Parameters:
///   - a: `[…, n, n]`; only one triangle is read.
///   - b: `[…, n, columns]`, whose leading axes broadcast against those of `a`, or `[n]` for one matrix.
///   - upper: whether the upper triangle is meant, or the lower one.
/// - Throws: `singular` if there is a 0 on the diagonal.
public func solveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool = false
) throws(LinearAlgebraError) -> Tensor {
    let size = squareSize(a, "solveTriangular")
    precondition(
        b.rank > 0 && b.dim(b.rank == 1 ? 0 : -2) == size && (b.rank > 1 || a.rank == 2),
        "solveTriangular: b has shape \(b.shape), but the matrix has \(size) rows.")
    if b.rank == 1 {
        return try solveTriangular(a, b.expandedDimensions(axis: 1), upper: upper)
            .squeezed(axis: 1)
    }
    let (a, b) = sharingBatch(a, b, "solveTriangular")
    // What stands in the other triangle is not read.
    try requireFinite(upper ? triu(a.detached()) : tril(a.detached()), b)
    let x = try triangularSolution(a, b, upper: upper, transposed: false)
    let (constant, aVariable, bVariable) = (a.detached(), a.variable, b.variable)
    return x.recorded(.solveTriangular, inputs: [a, b]) { gradient, gradients in
        let g = gradient
        let y = unfailing { () throws(LinearAlgebraError) in
            try triangularSolution(constant, g, upper: upper, transposed: true)
        }
        let slope = -matmul(y, x.T)
        gradients.add(upper ? triu(slope) : tril(slope), to: aVariable)
        gradients.add(y, to: bVariable)
    }
}

/// The x with a·x = b, or aᵀ·x = b, off the tape; both in one batch.
func triangularSolution(
    _ a: Tensor, _ b: Tensor, upper: Bool, transposed: Bool
) throws(LinearAlgebraError) -> Tensor {
    let (size, columns) = (a.dim(-1), b.dim(-1))
    let (n, m) = (LAPACK.extent(size), LAPACK.extent(columns))
    let triangle = CChar(upper ? 85 /* U */ : 76 /* L */)
    let operation = CChar(transposed ? 84 /* T */ : 78 /* N */)
    var x = b.copied()
    try x.writing { (x) throws(LinearAlgebraError) in
        try a.contiguous().reading { (a) throws(LinearAlgebraError) in
            for matrix in 0..<b.matrixCount {
                let status = try LAPACK.call("strtrs") {
                    LAPACKE_strtrs(
                        LAPACK_ROW_MAJOR, triangle, operation, 78 /* N */, n, m,
                        a + matrix * size * size, max(1, n), x + matrix * size * columns,
                        max(1, m))
                }
                if status > 0 { throw LinearAlgebraError.singular(pivot: status) }
            }
        }
    }
    return x
}
