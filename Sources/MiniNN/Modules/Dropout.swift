import MiniTensor

/// Drops numbers at random while training, so that no single one is relied on.
public struct Dropout: Layer {
    /// The share that is dropped.
    public let p: Float

    /// A layer that drops the share `p`.
    ///
    /// - Precondition: 0 ≤ p < 1.
    public init(p: Float) {
        precondition(p >= 0 && p < 1, "Dropout needs a probability in 0..<1, not \(p).")
        self.p = p
    }

    /// `x` itself: without a mode nothing is dropped.
    public func callAsFunction(_ x: Tensor) -> Tensor { x }

    /// `x` with the share `p` dropped while training, and the rest multiplied by 1/(1 − p).
    ///
    /// - Parameter x: any shape; the result has the same.
    public func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor {
        guard case .training(let seed) = mode, p > 0 else { return x }
        return dropout(x, p: p, seed: seed)
    }

    /// There are no parameters.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor) {}
}
