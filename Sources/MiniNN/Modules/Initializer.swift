import Foundation
import MiniTensor

/// How the numbers of a new parameter are chosen.
public enum Initializer: Sendable, Equatable {
    /// All zero.
    case zeros
    /// All one.
    case ones
    /// Normal around 0.
    case normal(Float)
    /// Uniform in ±1/√inputs, PyTorch's default for linear layers.
    case uniformFanIn
    /// A random matrix with orthonormal rows or columns, times a gain (Saxe et al. 2014): the Q of a
    /// QR factorisation.
    case orthogonal(gain: Float)

    /// A new parameter of the given shape; for matrices `[outputs, inputs]`.
    public func callAsFunction(
        _ shape: [Int], using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        switch self {
        case .zeros: return .zeros(shape)
        case .ones: return .ones(shape)
        case .normal(let deviation):
            return .normal(shape, standardDeviation: deviation, using: &generator)
        case .uniformFanIn:
            let bound = 1 / Float(max(1, shape.last ?? 1)).squareRoot()
            return .uniform(shape, in: -bound..<bound, using: &generator)
        case .orthogonal(let gain):
            precondition(
                shape.count == 2, "Orthogonal initialisation needs a matrix, not shape \(shape).")
            return Initializer.orthogonalMatrix(shape, using: &generator) * gain
        }
    }

    private static func orthogonalMatrix(
        _ shape: [Int], using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        let isTall = shape[0] >= shape[1]
        let tall = Tensor.normal(isTall ? shape : [shape[1], shape[0]], using: &generator)
        guard let (q, r) = try? qr(tall) else {
            preconditionFailure("A random normal matrix always has a QR factorisation.")
        }
        // The sign of R's diagonal makes the distribution uniform over all orthogonal matrices
        // (Mezzadri 2007).
        let columns = q.dim(1)
        let signs = Tensor((0..<columns).map { r[$0, $0].item() < 0 ? -1 : 1 })
        let uniform = q * signs
        return isTall ? uniform : uniform.T
    }
}
