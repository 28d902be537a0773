import CLAPACKE

/// The x for which |a·x − b|² is smallest, column by column; the shortest of several (PyTorch's
/// `linalg.lstsq`). By singular values, those below the largest times the larger of m and n times 2⁻²³ taken
/// as 0.
///
/// With independent columns and z = (aᵀ·a)⁻¹·g: ∂/∂b = a·z, ∂/∂a = (b − a·x)·zᵀ − a·z·xᵀ (Golub & Pereyra
/// 1973).
///
/// - Parameters:
///   - a: `[…, m, n]`.
///   - b: `[…, m, columns]`, whose leading axes broadcast against those of `a`, or `[m]` for one matrix.
/// - Returns: x `[…, n, columns]`, or `[n]`.
/// - Throws: `dependentColumns` if a gradient is recorded that does not exist.
public func leastSquares(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
    precondition(
        a.rank >= 2 && b.rank > 0 && b.dim(b.rank == 1 ? 0 : -2) == a.dim(-2)
            && (b.rank > 1 || a.rank == 2),
        "leastSquares: a has shape \(a.shape), whose rows do not fit those of b with shape \(b.shape)."
    )
    if b.rank == 1 { return try leastSquares(a, b.expandedDimensions(axis: 1)).squeezed(axis: 1) }
    let (a, b) = sharingBatch(a, b, "leastSquares")
    try requireFinite(a, b)
    let (x, rank) = try shortestSolution(a, b)
    guard a.isRecorded || b.isRecorded else { return x }
    if rank < a.dim(-1) { throw .dependentColumns }
    let (matrix, right) = (a.detached(), b.detached())
    let r = try qr(matrix).r
    let (aVariable, bVariable) = (a.variable, b.variable)
    return x.recorded(.leastSquares, inputs: [a, b]) { gradient, gradients in
        let g = gradient
        let z = unfailing { () throws(LinearAlgebraError) in
            let half = try triangularSolution(r, g, upper: true, transposed: true)
            return try triangularSolution(r, half, upper: true, transposed: false)
        }
        let slope = matmul(matrix, z)
        let rest = right - matmul(matrix, x)
        gradients.add(matmul(rest, z.T) - matmul(slope, x.T), to: aVariable)
        gradients.add(slope, to: bVariable)
    }
}

/// The solutions of a batch, and the lowest rank of its matrices.
private func shortestSolution(
    _ a: Tensor, _ b: Tensor
) throws(LinearAlgebraError) -> (x: Tensor, rank: Int) {
    let (rows, columns, sides) = (a.dim(-2), a.dim(-1), b.dim(-1))
    let longest = max(rows, columns)
    if columns == 0 || rows == 0 { return (a.matrices(columns, sides), 0) }
    let (m, n, k) = (LAPACK.extent(rows), LAPACK.extent(columns), LAPACK.extent(sides))
    let limit = Float(longest) * Float.ulpOfOne
    var lowest = min(rows, columns)
    var work = a.copied()
    // LAPACK writes the solutions where the right sides were, which may need more rows.
    var x = a.matrices(longest, sides)
    x[.ellipsis, ..<rows, .all] = b.detached()
    var values = [Float](repeating: 0, count: min(rows, columns))
    try writing(&work, &x) { (work, x) throws(LinearAlgebraError) in
        for matrix in 0..<a.matrixCount {
            var rank: Int32 = 0
            let status = try LAPACK.call("sgelsd") {
                LAPACKE_sgelsd(
                    LAPACK_ROW_MAJOR, m, n, k, work + matrix * rows * columns, n,
                    x + matrix * longest * sides, max(1, k), &values, limit, &rank)
            }
            if status > 0 { throw LinearAlgebraError.notConverged }
            lowest = min(lowest, Int(rank))
        }
    }
    return (x[.ellipsis, ..<columns, .all].copied(), lowest)
}
