/// Sets each element to 0 with probability `p` and multiplies the others by 1/(1 − p).
///
/// Srivastava et al. 2014. Whether element i is kept is a hash of (seed, i), so nothing is stored:
/// the backward pass, ∂/∂x = the same mask · g/(1 − p), draws the mask again.
///
/// - Precondition: 0 ≤ p < 1.
public func dropout(_ x: Tensor, p: Float, seed: UInt64) -> Tensor {
    guard let mask = DropoutMask(p: p, seed: seed) else { return x }
    return masked(x.contiguous(), by: mask).recorded(.dropout, x) {
        masked($0.contiguous(), by: mask)
    }
}

private func masked(_ x: Tensor, by mask: DropoutMask) -> Tensor {
    make(x.layout.shape) { output in
        x.reading { input in
            forEachChunk(of: x.count) { range in
                let start = range.lowerBound
                mask.apply(to: input + start, into: output + start, from: start, count: range.count)
            }
        }
    }
}
