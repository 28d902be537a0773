@testable import MiniTensor

/// Linear algebra, at matrices whose factors exist and are far from the edge of what has a gradient.
extension GradientCatalogue {
    mutating func addLinearAlgebra() {
        addEquations()
        addFactorizations()
    }

    private mutating func addEquations() {
        add(.solve, "a matrix", .smooth(3, 3), .smooth(3, 2)) { x in
            sure { try solve(x[0] + spread(3, 3), x[1]) }
        }
        add(.solve, "a vector", .smooth(3, 3), .smooth(3)) { x in
            sure { try solve(x[0] + spread(3, 3), x[1]) }
        }
        add(.solve, "a batch and one side", .smooth(2, 3, 3), .smooth(3, 1)) { x in
            sure { try solve(x[0] + spread(3, 3), x[1]) }
        }
        add(.solve, "inverse", .smooth(2, 3, 3)) { x in
            sure { try inverse(x[0] + spread(3, 3)) }
        }
        for upper in [false, true] {
            add(.solveTriangular, "upper \(upper)", .smooth(3, 3), .smooth(3, 2)) { x in
                sure { try solveTriangular(x[0] + spread(3, 3), x[1], upper: upper) }
            }
            add(.solveTriangular, "batch, upper \(upper)", .smooth(2, 1, 2, 2), .smooth(3, 2, 1)) {
                x in
                sure { try solveTriangular(x[0] + spread(2, 2), x[1], upper: upper) }
            }
        }
        add(.determinant, "a matrix", .smooth(3, 3)) { x in sure { try determinant(x[0]) } }
        add(.determinant, "a batch", .smooth(2, 2, 2)) { x in sure { try determinant(x[0]) } }
        add(.determinant, "singular", .smooth(3, 2)) { x in
            sure { try determinant(matmul(x[0], x[0].T)) }
        }
        add(.leastSquares, "a matrix", .smooth(4, 2), .smooth(4, 3)) { x in
            sure { try leastSquares(x[0] + spread(4, 2), x[1]) }
        }
        add(.leastSquares, "a batch", .smooth(2, 4, 2), .smooth(4, 1)) { x in
            sure { try leastSquares(x[0] + spread(4, 2), x[1]) }
        }
    }

    private mutating func addFactorizations() {
        add(.cholesky, "", .smooth(3, 3)) { x in
            sure { try cholesky(matmul(x[0], x[0].T) + Tensor.identity(3) * 2) }
        }
        add(.cholesky, "a batch", .smooth(2, 2, 3)) { x in
            sure { try cholesky(matmul(x[0], x[0].T) + Tensor.identity(2) * 2) }
        }
        for (rows, columns) in [(4, 2), (3, 3), (2, 4)] {
            add(.qr, "\(rows) × \(columns)", .smooth(2, rows, columns)) { x in
                sure {
                    let (q, r) = try qr(x[0] + spread(rows, columns))
                    return concatenated([q.flattened(start: 1), r.flattened(start: 1)], axis: 1)
                }
            }
            // The polar factor depends on all vectors, but on none of their signs.
            add(.svd, "polar factor, \(rows) × \(columns)", .smooth(rows, columns)) { x in
                sure {
                    let (u, _, vT) = try svd(x[0] + spread(rows, columns))
                    return matmul(u, vT)
                }
            }
            add(.svd, "all, \(rows) × \(columns)", .smooth(2, rows, columns)) { x in
                sure {
                    let (u, s, vT) = try svd(x[0] + spread(rows, columns))
                    return matmul(u * tanh(s * 0.2).expandedDimensions(axis: 1), vT)
                }
            }
        }
        add(.symmetricEigen, "", .smooth(2, 3, 3)) { x in
            sure {
                let (values, vectors) = try symmetricEigen(x[0] + x[0].T + spread(3, 3))
                let powers = tanh(values * 0.2).expandedDimensions(axis: 1)
                return matmul(vectors * powers, vectors.T)
            }
        }
    }
}

/// A diagonal of 3, 6, 9, … which keeps singular values apart and far from 0.
private func spread(_ rows: Int, _ columns: Int) -> Tensor {
    var result = Tensor.zeros([rows, columns])
    for index in 0..<Swift.min(rows, columns) {
        result[index, index] = Tensor(Float(3 + 3 * index))
    }
    return result
}

private func sure(_ body: () throws -> Tensor) -> Tensor {
    do { return try body() } catch { preconditionFailure("\(error)") }
}
