import CMiniKernels

/// Sets each element to 0 with probability `p` and multiplies the others by 1/(1 − p).
///
/// Srivastava et al. 2014. Whether element i is kept is a hash of (seed, i), so nothing is stored:
/// the backward pass, ∂/∂x = the same mask · g/(1 − p), draws the mask again.
///
/// - Precondition: 0 ≤ p < 1.
public func dropout(_ x: Tensor, p: Float, seed: UInt64) -> Tensor {
    precondition(p >= 0 && p < 1, "dropout: the probability must lie in 0..<1, but is \(p).")
    if p == 0 { return x }
    return masked(x.contiguous(), p: p, seed: seed).recorded(.dropout, x) {
        masked($0.contiguous(), p: p, seed: seed)
    }
}

private func masked(_ x: Tensor, p: Float, seed: UInt64) -> Tensor {
    let threshold = UInt32(Double(p) * 0x1p32)
    return make(x.layout.shape) { output in
        x.reading { input in
            forEachChunk(of: x.count) { range in
                let start = range.lowerBound
                kernels.dropout(
                    input + start, output + start, seed, UInt64(start), threshold, 1 / (1 - p),
                    range.count)
            }
        }
    }
}
