import CMiniKernels

/// The sigmoid linear unit x·sigmoid(x), also called swish.
///
/// Elfwing et al. 2018. With s = sigmoid(x): ∂/∂x = g·(s + x·s·(1 − s)).
public func silu(_ x: Tensor) -> Tensor {
    map(x, kernels.silu).recorded(.silu, x) {
        combine(x, $0, kernels.silu_gradient, operation: "silu")
    }
}

/// silu(gate)·up in one pass: what stands between the linear layers of a SwiGLU feed-forward layer.
///
/// Shazeer 2020, "GLU variants improve Transformer". With s = sigmoid(gate):
/// ∂/∂gate = g·up·(s + gate·s·(1 − s)),  ∂/∂up = g·gate·s. Both come from one pass over the inputs.
///
/// - Parameters:
///   - gate: `[…, hidden]`.
///   - up: of the same shape.
/// - Returns: a tensor of that shape.
public func swiGLU(gate: Tensor, up: Tensor) -> Tensor {
    let shape = gate.layout.shape
    precondition(
        shape == up.layout.shape,
        "swiGLU: the gate has shape \(gate.shape), but what it gates has \(up.shape); both must have the same."
    )
    let (a, b) = (gate.contiguous(), up.contiguous())
    let (savedGate, savedUp) = (SavedActivation(gate, values: a), SavedActivation(up, values: b))
    let y = combine(a, b, kernels.gated_silu, operation: "swiGLU")
    let (gateVariable, upVariable) = (gate.variable, up.variable)
    let recompute: Tape.Recomputation = {
        combine(savedGate(), savedUp(), kernels.gated_silu, operation: "swiGLU")
    }
    let isRecomputed = shape.count > 0 && Tensor.isRecomputed(count: y.count, width: y.dim(-1))
    return y.recorded(.swiGLU, inputs: [gate, up], recompute: isRecomputed ? recompute : nil) {
        gradient, gradients in
        let gradient = gradient.contiguous()
        var (gateGradient, upGradient) = (
            Tensor(uninitialized: shape), Tensor(uninitialized: shape)
        )
        reading(savedGate(), savedUp(), gradient) { a, b, g in
            writing(&gateGradient, &upGradient) { da, db in
                forEachChunk(of: gradient.count, grain: Tuning.current.passes.softmaxElements) {
                    let start = $0.lowerBound
                    kernels.gated_silu_gradient(
                        a + start, b + start, g + start, da + start, db + start, $0.count)
                }
            }
        }
        gradients.add(gateGradient, to: gateVariable)
        gradients.add(upGradient, to: upVariable)
    }
}
