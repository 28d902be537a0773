import CMiniKernels

/// Root mean square normalisation over the last axis: y = x/√(mean x² + eps) · weight.
///
/// Zhang & Sennrich 2019; Llama's norm. With r = 1/√(mean x² + eps), x̂ = r·x and d = g·weight:
/// ∂/∂x = r·(d − x̂·mean(d·x̂)),  ∂/∂weight = Σ_rows g·x̂.
///
/// - Parameters:
///   - x: `[…, width]`.
///   - weight: `[width]`, or `nil` for ones.
///   - eps: above 0, so that a row of zeros becomes 0, not 0/0.
public func rmsNorm(_ x: Tensor, weight: Tensor? = nil, eps: Float = 1e-5) -> Tensor {
    let width = x.dim(-1)
    precondition(
        width > 0 && (weight == nil || weight?.shape == [width]),
        "rmsNorm: x has shape \(x.shape), so the weight must have shape [\(width)], not \(weight?.shape ?? [])."
    )
    precondition(eps > 0, "rmsNorm: eps must be above 0, but is \(eps).")
    let rows = x.count / width
    let passes = Tuning.current.passes
    let grain = passes.rows(of: width, elements: passes.rowElements)
    let (input, scale) = (x.contiguous(), weight?.contiguous())
    let normalize = { @Sendable () -> (y: Tensor, rstd: Tensor) in
        var rstd = Tensor(uninitialized: [rows])
        let y = make(input.layout.shape) { output in
            reading(input, input, optional: scale) { input, _, scale in
                rstd.writing { rstd in
                    forEachChunk(of: rows, grain: grain) { range in
                        let (row, start) = (range.lowerBound, range.lowerBound * width)
                        kernels.rms_norm(
                            input + start, scale, eps, output + start, rstd + row, range.count,
                            width)
                    }
                }
            }
        }
        return (y, rstd)
    }
    let (y, rstd) = normalize()
    let (xVariable, weightVariable) = (x.variable, weight?.variable)
    let recompute: Tape.Recomputation = { normalize().y }
    return y.recorded(
        .rmsNorm, inputs: [x, weight],
        recompute: Tensor.isRecomputed(count: x.count, width: width) ? recompute : nil
    ) { gradient, gradients in
        let gradient = gradient.contiguous()
        // What already flows past the norm to x, as in a residual stream, is added on the way.
        var (dx, isPast) = gradients.takeForUpdate(xVariable, orMake: input.layout.shape)
        // Every chunk of rows sums its own share of the small gradient.
        let chunks = Swift.max(1, Swift.min(passes.normShares, rows / grain))
        var shares = Tensor.filled(with: 0, shape: [chunks, width])
        reading(input, gradient, optional: scale) { input, gradient, scale in
            rstd.reading { rstd in
                writing(&dx, &shares) { dx, shares in
                    WorkerPool.shared.run(chunks) { chunk in
                        let range = chunkRange(chunk, of: chunks, count: rows)
                        let (row, start) = (range.lowerBound, range.lowerBound * width)
                        kernels.rms_norm_gradient(
                            input + start, gradient + start, scale, rstd + row,
                            isPast ? dx + start : nil, dx + start,
                            weightVariable == nil ? nil : shares + chunk * width, range.count,
                            width)
                    }
                }
            }
        }
        gradients.add(dx, to: xVariable)
        gradients.update(weightVariable, shape: [width], from: shares) { sum, shares in
            for chunk in 0..<chunks {
                kernels.scale_add(1, shares + chunk * width, 1, sum, width)
            }
        }
    }
}
