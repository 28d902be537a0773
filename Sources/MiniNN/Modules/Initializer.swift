import Foundation
import MiniTensor

/// How the numbers of a new parameter are chosen: in one of the usual ways, or in your own.
///
///     Linear(64, 32, initializer: .normal(0.02), using: &generator)
///     Linear(64, 32, initializer: Initializer { shape, _ in .ones(shape) * 0.5 }, using: &generator)
public struct Initializer: Sendable {
    /// Makes a parameter of a shape with numbers from a generator.
    public typealias Function =
        @Sendable (_ shape: [Int], _ generator: inout AnyRandomNumberGenerator) -> Tensor

    private enum Kind: Sendable {
        case zeros, ones, uniformFanIn, glorotUniform, heNormal
        case normal(Float)
        case orthogonal(gain: Float)
        case own(Function)
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    /// A way of your own.
    ///
    /// - Parameter function: makes a parameter of the given shape; for matrices `[outputs, inputs]`.
    public init(_ function: @escaping Function) { kind = .own(function) }

    /// All zero.
    public static let zeros = Initializer(.zeros)
    /// All one.
    public static let ones = Initializer(.ones)
    /// Normal around 0 with the given standard deviation.
    public static func normal(_ deviation: Float) -> Initializer { Initializer(.normal(deviation)) }
    /// Uniform in ±1/√inputs, PyTorch's default for linear layers.
    public static let uniformFanIn = Initializer(.uniformFanIn)
    /// Uniform in ±√(6/(inputs + outputs)) (Glorot & Bengio 2010), PyTorch's `xavier_uniform_`.
    public static let glorotUniform = Initializer(.glorotUniform)
    /// Normal with the standard deviation √(2/inputs) (He et al. 2015), PyTorch's `kaiming_normal_`: for
    /// layers before a ReLU.
    public static let heNormal = Initializer(.heNormal)
    /// A random matrix with orthonormal rows or columns, times a gain (Saxe et al. 2014): the Q of a
    /// QR factorisation.
    public static func orthogonal(gain: Float) -> Initializer {
        Initializer(.orthogonal(gain: gain))
    }

    /// A new parameter of the given shape; for matrices `[outputs, inputs]`.
    public func callAsFunction<Generator: RandomNumberGenerator>(
        _ shape: [Int], using generator: inout Generator
    ) -> Tensor {
        let inputs = Float(max(1, shape.last ?? 1))
        switch kind {
        case .zeros: return .zeros(shape)
        case .ones: return .ones(shape)
        case .normal(let deviation):
            return .normal(shape, standardDeviation: deviation, using: &generator)
        case .uniformFanIn:
            let bound = 1 / inputs.squareRoot()
            return .uniform(shape, in: -bound..<bound, using: &generator)
        case .glorotUniform:
            let bound = (6 / (inputs + Float(shape.first ?? 1))).squareRoot()
            return .uniform(shape, in: -bound..<bound, using: &generator)
        case .heNormal:
            let deviation = (2 / inputs).squareRoot()
            return .normal(shape, standardDeviation: deviation, using: &generator)
        case .orthogonal(let gain):
            precondition(
                shape.count == 2, "Orthogonal initialisation needs a matrix, not shape \(shape).")
            return Initializer.orthogonalMatrix(shape, using: &generator) * gain
        case .own(let function):
            var lent = AnyRandomNumberGenerator(generator)
            let result = function(shape, &lent)
            // What was drawn is drawn for the caller, too.
            if let used = lent.base as? Generator { generator = used }
            precondition(
                result.shape == shape,
                "An initializer was asked for a parameter of shape \(shape), but made one of shape \(result.shape)."
            )
            return result
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

/// A generator of any type, which an initializer of your own draws from.
public struct AnyRandomNumberGenerator: RandomNumberGenerator {
    fileprivate var base: any RandomNumberGenerator

    /// A generator that goes on as the given one would.
    public init(_ base: any RandomNumberGenerator) { self.base = base }

    /// 64 random bits.
    public mutating func next() -> UInt64 { base.next() }
}
