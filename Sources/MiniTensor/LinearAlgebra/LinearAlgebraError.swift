/// Why a matrix could not be solved or taken apart.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
    /// An exact zero on the diagonal of U: the equations have no unique solution.
    case singular(pivot: Int)
    /// The leading part of this order is not positive definite.
    case notPositiveDefinite(order: Int)
    /// The iteration for eigenvalues or singular values did not converge.
    case notConverged
    /// Columns depend on each other, so that the result has no gradient.
    case dependentColumns
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
        case .dependentColumns:
            "The columns of the matrix depend on each other, so that this result has no gradient; use detached()."
        case .notFinite:
            "The matrix holds NaN or infinity; check the data it was made from."
        case .outOfMemory:
            "There is not enough memory for this factorisation."
        }
    }
}
