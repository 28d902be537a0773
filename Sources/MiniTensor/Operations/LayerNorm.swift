import CMiniKernels

/// Layer normalisation over the last axis: y = (x − mean)/√(variance + eps) · weight + bias.
///
/// Ba, Kiros & Hinton 2016. With x̂ the normalised row, r = 1/√(variance + eps) and d = g·weight:
/// ∂/∂x = r·(d − mean(d) − x̂·mean(d·x̂)),  ∂/∂weight = Σ_rows g·x̂,  ∂/∂bias = Σ_rows g.
///
/// - Parameters:
///   - x: `[…, width]`.
///   - weight: `[width]`, or `nil` for ones.
///   - bias: `[width]`, or `nil` for zeros.
///   - eps: above 0, so that a row of equal numbers becomes 0, not 0/0.
public func layerNorm(
    _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, eps: Float = 1e-5
) -> Tensor {
    let width = x.dim(-1)
    precondition(
        width > 0 && [weight, bias].allSatisfy { $0 == nil || $0?.shape == [width] },
        "layerNorm: x has shape \(x.shape), so weight and bias must have shape [\(width)], not \(weight?.shape ?? []) and \(bias?.shape ?? [])."
    )
    precondition(eps > 0, "layerNorm: eps must be above 0, but is \(eps).")
    let rows = x.count / width
    let passes = Tuning.current.passes
    let grain = passes.rows(of: width, elements: passes.rowElements)
    let (input, scale, shift) = (x.contiguous(), weight?.contiguous(), bias?.contiguous())
    let normalize = { @Sendable () -> (y: Tensor, mean: Tensor, rstd: Tensor) in
        var (mean, rstd) = (Tensor(uninitialized: [rows]), Tensor(uninitialized: [rows]))
        let y = make(input.layout.shape) { output in
            reading(input, optional: scale, shift) { input, scale, shift in
                writing(&mean, &rstd) { mean, rstd in
                    forEachChunk(of: rows, grain: grain) { range in
                        let (row, start) = (range.lowerBound, range.lowerBound * width)
                        kernels.layer_norm(
                            input + start, scale, shift, eps, output + start, mean + row,
                            rstd + row, range.count, width)
                    }
                }
            }
        }
        return (y, mean, rstd)
    }
    let (y, mean, rstd) = normalize()
    let (xVariable, weightVariable, biasVariable) = (x.variable, weight?.variable, bias?.variable)
    let recompute: Tape.Recomputation = { normalize().y }
    return y.recorded(
        .layerNorm, inputs: [x, weight, bias],
        recompute: Tensor.isRecomputed(count: x.count, width: width) ? recompute : nil
    ) { gradient, gradients in
        let gradient = gradient.contiguous()
        // What already flows past the norm to x, as in a residual stream, is added on the way.
        var (dx, isPast) = gradients.takeForUpdate(xVariable, orMake: input.layout.shape)
        // Every chunk of rows sums its own share of the two small gradients.
        let chunks = Swift.max(1, Swift.min(passes.normShares, rows / grain))
        var shares = Tensor.filled(with: 0, shape: [chunks, 2, width])
        reading(input, gradient, optional: scale) { input, gradient, scale in
            reading(mean, rstd) { mean, rstd in
                writing(&dx, &shares) { dx, shares in
                    WorkerPool.shared.run(chunks) { chunk in
                        let range = chunkRange(chunk, of: chunks, count: rows)
                        let (row, start) = (range.lowerBound, range.lowerBound * width)
                        let share = shares + chunk * 2 * width
                        kernels.layer_norm_gradient(
                            input + start, gradient + start, scale, mean + row, rstd + row,
                            isPast ? dx + start : nil, dx + start, share, share + width,
                            range.count, width)
                    }
                }
            }
        }
        gradients.add(dx, to: xVariable)
        for (part, variable) in [weightVariable, biasVariable].enumerated() {
            gradients.update(variable, shape: [width], from: shares) { sum, shares in
                for chunk in 0..<chunks {
                    kernels.scale_add(1, shares + (2 * chunk + part) * width, 1, sum, width)
                }
            }
        }
    }
}
