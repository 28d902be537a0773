import CMiniKernels

/// Which numbers dropout keeps: a hash of the seed and the position, so that nothing is stored and the same
/// mask is drawn again for the derivative (Srivastava et al. 2014).
struct DropoutMask: Sendable {
    private let seed: UInt64
    /// Below it the hash, 32 bits, drops.
    private let threshold: UInt32
    /// 1/(1 − p), which keeps the expected value.
    private let scale: Float

    /// A mask that drops with probability `p`; `nil` if that is 0.
    ///
    /// - Precondition: 0 ≤ p < 1.
    init?(p: Float, seed: UInt64) {
        precondition(p >= 0 && p < 1, "dropout: the probability must lie in 0..<1, but is \(p).")
        if p == 0 { return nil }
        self.seed = seed
        threshold = UInt32(Double(p) * 0x1p32)
        scale = 1 / (1 - p)
    }

    /// y = what the mask keeps of x, scaled, for numbers whose positions begin at `first`; x may be y.
    func apply(
        to x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, from first: Int, count: Int
    ) {
        kernels.dropout(x, y, seed, UInt64(first), threshold, scale, count)
    }
}
