import CLAPACKE

/// a = p·l·u for each matrix of a batch: what `solve`, `inverse` and `determinant` have in common.
struct LUFactorization: Sendable {
    private let factors: Tensor
    /// Row exchanges, n for each matrix, counted from 1.
    private let pivots: [Int32]
    /// The first pivot, from 1, that is exactly 0, in any of the matrices.
    let zeroPivot: Int?

    private var size: Int { factors.dim(-1) }

    init(_ a: Tensor) throws(LinearAlgebraError) {
        try requireFinite(a)
        let size = a.dim(-1)
        var factors = a.copied()
        var pivots = [Int32](repeating: 0, count: a.matrixCount * size)
        var zeroPivot: Int?
        let n = LAPACK.extent(size)
        try factors.writing { (factors) throws(LinearAlgebraError) in
            for matrix in 0..<a.matrixCount {
                var exchanges = [Int32](repeating: 0, count: size)
                let status = try LAPACK.call("sgetrf") {
                    LAPACKE_sgetrf(
                        LAPACK_ROW_MAJOR, n, n, factors + matrix * size * size, max(1, n),
                        &exchanges)
                }
                if status > 0 { zeroPivot = zeroPivot ?? status }
                pivots.replaceSubrange(matrix * size..<(matrix + 1) * size, with: exchanges)
            }
        }
        (self.factors, self.pivots, self.zeroPivot) = (factors, pivots, zeroPivot)
    }

    /// The x with a·x = b, or aᵀ·x = b, for b `[…, n, columns]` in the same batch.
    func solve(_ b: Tensor, transposed: Bool = false) throws(LinearAlgebraError) -> Tensor {
        let (size, columns) = (size, b.dim(-1))
        let (n, m) = (LAPACK.extent(size), LAPACK.extent(columns))
        let operation = CChar(transposed ? 84 /* T */ : 78 /* N */)
        var x = b.copied()
        try x.writing { (x) throws(LinearAlgebraError) in
            try factors.reading { (factors) throws(LinearAlgebraError) in
                for matrix in 0..<b.matrixCount {
                    let exchanges = Array(pivots[matrix * size..<(matrix + 1) * size])
                    _ = try LAPACK.call("sgetrs") {
                        LAPACKE_sgetrs(
                            LAPACK_ROW_MAJOR, operation, n, m, factors + matrix * size * size,
                            max(1, n), exchanges, x + matrix * size * columns, max(1, m))
                    }
                }
            }
        }
        return x
    }

    /// The determinant of each matrix: the product of the pivots, whose sign each exchange turns round.
    var determinants: Tensor {
        let diagonals = factors.diagonal().scalars
        let values = (0..<factors.matrixCount).map { matrix in
            var product = 1.0
            for row in 0..<size {
                let place = matrix * size + row
                product *= Double(diagonals[place]) * (pivots[place] == Int32(row + 1) ? 1 : -1)
            }
            return Float(product)
        }
        return Tensor(values, shape: factors.batchShape)
    }
}

/// The x with a·x = b, by LU factorisation with pivoting.
///
/// ∂/∂b = y with aᵀ·y = g; ∂/∂a = −y·xᵀ (Giles 2008, "Collected Matrix Derivative Results").
///
/// - Parameters:
///   - a: `[…, n, n]`.
///   - b: `[…, n, columns]`, whose leading axes broadcast against those of `a`, or `[n]` for one matrix.
/// - Returns: the shape of `b`, with the leading axes of both.
public func solve(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
    let size = squareSize(a, "solve")
    precondition(
        b.rank > 0 && b.dim(b.rank == 1 ? 0 : -2) == size && (b.rank > 1 || a.rank == 2),
        "solve: b has shape \(b.shape), but the matrix has \(size) rows.")
    if b.rank == 1 { return try solve(a, b.expandedDimensions(axis: 1)).squeezed(axis: 1) }
    let (a, b) = sharingBatch(a, b, "solve")
    try requireFinite(b)
    let factors = try LUFactorization(a)
    if let pivot = factors.zeroPivot { throw .singular(pivot: pivot) }
    let x = try factors.solve(b)
    let (aVariable, bVariable) = (a.variable, b.variable)
    return x.recorded(.solve, inputs: [a, b]) { gradient, gradients in
        let g = gradient
        let y = unfailing { () throws(LinearAlgebraError) in try factors.solve(g, transposed: true)
        }
        gradients.add(-matmul(y, x.T), to: aVariable)
        gradients.add(y, to: bVariable)
    }
}

/// The inverse of a matrix, or of every matrix of a batch. `solve(a, b)` is faster and loses fewer digits
/// than a product with it.
///
/// ∂/∂a = −a⁻ᵀ·g·a⁻ᵀ.
///
/// - Parameter a: `[…, n, n]`.
public func inverse(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    try solve(a, Tensor.identity(squareSize(a, "inverse")))
}

/// The determinant of a matrix, or of every matrix of a batch: `[…, n, n]` → `[…]`. 0 if it is singular.
///
/// ∂/∂a = g·(cofactors of a) (Jacobi's formula); from the singular values, so that it holds for singular
/// matrices too: det(u)·det(v)·u·diag(product of the other singular values)·vᵀ.
public func determinant(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    _ = squareSize(a, "determinant")
    let constant = a.detached()
    let factors = try LUFactorization(constant)
    return factors.determinants.recorded(.determinant, a) { gradient in
        let scale = gradient.expandedDimensions(axis: -1).expandedDimensions(axis: -1)
        return scale
            * unfailing { () throws(LinearAlgebraError) in
                let (u, s, vT) = try svd(constant)
                let signs = try determinant(u) * determinant(vT)
                let others = gradientOfProduct(s) * signs.expandedDimensions(axis: -1)
                return matmul(u * others.expandedDimensions(axis: -2), vT)
            }
    }
}

/// The product of the others along the last axis.
private func gradientOfProduct(_ x: Tensor) -> Tensor {
    gradient(at: x) { $0.product(axis: -1).sum() }
}
