/// Who multiplies matrices.
///
/// The numbers of two engines differ in their last bits; those of one are the same with any number of
/// threads.
public enum ProductEngine: String, Sendable, CaseIterable {
    /// Whichever was measured to be faster: the library's own kernels where the processor has vectors of
    /// eight or more floats, otherwise BLAS. Attention's small products are always the library's own, and
    /// products with a vector always BLAS's.
    case automatic
    /// The library's own kernels for every product.
    case own
    /// `cblas_sgemm` and `cblas_sgemv` for every product, on single-threaded OpenBLAS under the library's
    /// threads.
    case blas
}

/// An environment variable whose value means nothing.
public struct EnvironmentError: Error, Equatable, CustomStringConvertible {
    /// The name of the variable.
    public let variable: String
    /// Its value.
    public let value: String
    /// What would be allowed, as the end of a sentence.
    public let allowed: String

    /// The error as a sentence.
    public var description: String {
        "The environment variable \(variable) is \"\(value)\", but it must be \(allowed)."
    }
}

extension ProductEngine {
    /// The engine that the environment asks for by `MINIGPT_PRODUCTS`; `automatic` if it does not.
    public init(environment: [String: String]) throws(EnvironmentError) {
        guard let value = environment["MINIGPT_PRODUCTS"] else {
            self = .automatic
            return
        }
        guard let engine = ProductEngine(rawValue: value) else {
            throw EnvironmentError(
                variable: "MINIGPT_PRODUCTS", value: value,
                allowed: Self.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self = engine
    }
}
