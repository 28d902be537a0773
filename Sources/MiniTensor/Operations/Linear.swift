import CMiniKernels

/// y = x·Wᵀ + b, then an activation: a linear layer in one pass.
///
/// The bias and the activation are applied to each block of rows while it is still in the cache.
/// With h = x·Wᵀ + b and d = g·activation′(h):  ∂/∂x = d·W,  ∂/∂W = dᵀ·x,  ∂/∂b = Σ_rows d.
///
/// - Parameters:
///   - x: inputs, `[…, in]`.
///   - weight: `[out, in]`.
///   - bias: `[out]`, or `nil`.
///   - activation: applied to the result; in the same pass if it is one of the two GELUs.
///   - recomputesResult: whether the product is recomputed for the gradients, of this layer and of
///     what uses its result, instead of being kept until then: the same bits, less memory, more time.
/// - Returns: `[…, out]`.
public func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor? = nil, activation: Activation = .none,
    recomputesResult: Bool = false
) -> Tensor {
    if let fused = activation.fused {
        return linear(x, weight, bias, fused, recomputesResult: recomputesResult)
    }
    let h = linear(x, weight: weight, bias: bias, recomputesResult: recomputesResult)
    return activation(h)
}

/// The layer with an activation in the same pass.
private func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: FusedActivation,
    recomputesResult: Bool
) -> Tensor {
    let shapes = LinearShapes(x, weight, bias)
    let input = x.contiguous()
    let saved = SavedActivation(x, values: input)
    let (weightValues, biasValues) = (weight.detached(), bias?.detached().contiguous())
    let (h, y) = shapes.layer(input, weightValues, biasValues, activation)
    let layer: PreActivation.Computation = {
        shapes.layer(saved(), weightValues, biasValues, activation)
    }
    let (xVariable, weightVariable, biasVariable) = (x.variable, weight.variable, bias?.variable)
    guard activation != .none else {
        let recompute: Tape.Recomputation = { layer().y }
        return y.recorded(
            .linear, inputs: [x, weight, bias], recompute: recomputesResult ? recompute : nil
        ) { gradient, gradients in
            shapes.backward(
                gradient.contiguous(), input: saved, weight: weightValues, to: xVariable,
                weightVariable, biasVariable, &gradients)
        }
    }
    let before =
        recomputesResult
        ? PreActivation(computing: layer, activation) : PreActivation(keeping: h, activation)
    let recompute: Tape.Recomputation = { before.result() }
    let isCheap = Tensor.isRecomputed(count: y.count, width: shapes.inputs)
    return y.recorded(
        .linearGELU, inputs: [x, weight, bias],
        recompute: recomputesResult || isCheap ? recompute : nil
    ) { gradient, gradients in
        let d = activation.slope(at: before.take(), times: gradient.contiguous())
        // Of two tensors of the width of the result one goes now.
        _ = consume gradient
        shapes.backward(
            d, input: saved, weight: weightValues, to: xVariable, weightVariable, biasVariable,
            &gradients)
    }
}

/// What a layer has computed before its activation, h: kept for the derivative, or recomputed, with the
/// result of the layer if that is asked for first.
private final class PreActivation: Sendable {
    typealias Computation = @Sendable () -> (h: Tensor, y: Tensor)

    private let known: Locked<Tensor?>
    /// `nil` if h is kept from the start.
    private let compute: Computation?
    private let activation: FusedActivation

    init(keeping h: Tensor, _ activation: FusedActivation) {
        known = Locked(h)
        compute = nil
        self.activation = activation
    }

    init(computing compute: @escaping Computation, _ activation: FusedActivation) {
        known = Locked(nil)
        self.compute = compute
        self.activation = activation
    }

    /// The result of the layer: asked for by what used it, before the layer's own derivative takes h.
    func result() -> Tensor {
        if let h = known.withLock({ $0 }) { return activation.applied(to: h) }
        let (h, y) = computed()
        known.withLock { $0 = h }
        return y
    }

    /// h, which is not kept any longer.
    func take() -> Tensor {
        known.withLock { known in
            defer { known = nil }
            return known
        } ?? computed().h
    }

    private func computed() -> (h: Tensor, y: Tensor) {
        guard let compute else {
            preconditionFailure("A kept pre-activation is taken once, by the layer's derivative.")
        }
        return compute()
    }
}

extension FusedActivation {
    /// The activation of every number.
    fileprivate func applied(to h: Tensor) -> Tensor {
        switch self {
        case .none: h
        case .gelu: map(h, kernels.gelu)
        case .geluApproximate: map(h, kernels.gelu_tanh)
        }
    }

    /// g·activation′(h), in the memory of h, which nobody needs after that: whatever used the result
    /// of the layer comes later on the tape, so its derivative is done.
    fileprivate func slope(at h: consuming Tensor, times gradient: Tensor) -> Tensor {
        let kernel: mini_binary
        switch self {
        case .none: return gradient
        case .gelu: kernel = kernels.gelu_gradient
        case .geluApproximate: kernel = kernels.gelu_tanh_gradient
        }
        var slope = consume h
        slope.makeUniqueAndContiguous()
        gradient.reading { g in
            slope.writing { x in
                forEachChunk(of: gradient.count) { range in
                    let start = range.lowerBound
                    kernel(x + start, g + start, x + start, range.count)
                }
            }
        }
        return slope
    }
}

/// y = residual + x·Wᵀ + b: the linear layer at the end of a transformer's sub-layer, with the
/// residual stream added as the product is made. ∂/∂residual = g; the rest as in `linear`.
///
/// - Parameters:
///   - x: inputs, `[…, in]`.
///   - weight: `[out, in]`.
///   - bias: `[out]`, or `nil`.
///   - residual: `[…, out]`.
public func linear(_ x: Tensor, weight: Tensor, bias: Tensor?, addingTo residual: Tensor) -> Tensor
{
    let shapes = LinearShapes(x, weight, bias)
    precondition(
        residual.layout.shape == shapes.result,
        "linear: the residual has shape \(residual.shape), but the result has \(shapes.result).")
    let input = x.contiguous()
    let y = residual.copied()
    let outputs = shapes.outputs
    let biasRow = bias?.contiguous()
    shapes.multiply(input, weight, accumulates: true, into: y) { range in
        guard let biasRow else { return }
        kernels.add_bias(
            y.pointer + range.lowerBound * outputs, outputs, biasRow.pointer, range.count, outputs)
    }
    let (xVariable, weightVariable) = (x.variable, weight.variable)
    let (biasVariable, residualVariable) = (bias?.variable, residual.variable)
    let weightValues = weight.detached()
    let saved = SavedActivation(x, values: input)
    return y.recorded(.linearResidual, inputs: [x, weight, bias, residual]) { gradient, gradients in
        let gradient = gradient.contiguous()
        shapes.backward(
            gradient, input: saved, weight: weightValues, to: xVariable, weightVariable,
            biasVariable, &gradients)
        gradients.add(gradient, to: residualVariable)
    }
}

/// The extents of a linear layer, checked once, and the three products they go into.
private struct LinearShapes: Sendable {
    let rows: Int
    let inputs: Int
    let outputs: Int
    let inputShape: Extents
    let result: Extents

    init(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) {
        precondition(
            weight.rank == 2 && x.rank >= 1 && x.dim(-1) == weight.dim(1),
            "linear: x has shape \(x.shape), whose last axis must equal the second of the weight's \(weight.shape)."
        )
        (outputs, inputs) = weight.shape2
        precondition(
            bias == nil || bias?.shape == [outputs],
            "linear: the bias has shape \(bias?.shape ?? []), but the weight \(weight.shape) makes \(outputs) outputs."
        )
        inputShape = x.layout.shape
        var shape = inputShape
        shape[shape.count - 1] = outputs
        result = shape
        rows = Extents(inputShape.dropLast()).product
    }

    func multiply(
        _ x: Tensor, _ weight: Tensor, accumulates: Bool = false, into y: Tensor,
        finish: ((Range<Int>) -> Void)?
    ) {
        Products.current.multiplyInParallel([
            SharedProduct(
                rows: rows, columns: outputs, inner: inputs, x.rows(of: inputs),
                weight.matrix().transposed, accumulates: accumulates, into: y.rows(of: outputs),
                finish: finish)
        ])
    }

    /// h = x·Wᵀ + b and y = activation(h); without an activation they are the same tensor.
    func layer(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: FusedActivation
    ) -> (h: Tensor, y: Tensor) {
        let h = Tensor(uninitialized: result)
        let y = activation == .none ? h : Tensor(uninitialized: result)
        let bias = bias ?? Tensor.zeros(activation == .none ? [0] : [outputs])
        multiply(x, weight, into: h) { [outputs] range in
            let block = h.pointer + range.lowerBound * outputs
            let output = y.pointer + range.lowerBound * outputs
            switch activation {
            case .none:
                if bias.count > 0 {
                    kernels.add_bias(block, outputs, bias.pointer, range.count, outputs)
                }
            case .gelu:
                kernels.bias_gelu(
                    block, outputs, bias.pointer, output, outputs, range.count, outputs)
            case .geluApproximate:
                kernels.bias_gelu_tanh(
                    block, outputs, bias.pointer, output, outputs, range.count, outputs)
            }
        }
        return (h, y)
    }

    /// Adds d·W, dᵀ·x and Σ d to the gradients of x, W and b.
    func backward(
        _ d: Tensor, input saved: SavedActivation, weight: Tensor, to xVariable: Variable?,
        _ weightVariable: Variable?, _ biasVariable: Variable?,
        _ gradients: inout GradientAccumulator
    ) {
        let products = Products.current
        var together: [SharedProduct] = []
        var sums: [(Tensor, Variable)] = []
        if let weightVariable {
            let known = gradients.takeForUpdate(weightVariable)
            let sum = known ?? Tensor(uninitialized: [outputs, inputs], stays: true)
            let product = SharedProduct(
                rows: outputs, columns: inputs, inner: rows, d.rows(of: outputs).transposed,
                saved().rows(of: inputs), accumulates: known != nil, into: sum.rows(of: inputs))
            sums.append((sum, weightVariable))
            let smallestAlone = Tuning.current.recomputation.smallestProductAlone
            if saved.isRecomputed, product.product.operations >= smallestAlone {
                products.multiplyInParallel([consume product])
            } else {
                together.append(product)
            }
        }
        if let xVariable {
            let known = gradients.takeForUpdate(xVariable)
            let sum = known ?? Tensor(uninitialized: inputShape)
            together.append(
                SharedProduct(
                    rows: rows, columns: inputs, inner: outputs, d.rows(of: outputs),
                    weight.matrix(), accumulates: known != nil, into: sum.rows(of: inputs)))
            sums.append((sum, xVariable))
        }
        products.multiplyInParallel(together)
        together.removeAll()
        for (sum, variable) in sums { gradients.add(sum, to: variable) }
        if let biasVariable {
            gradients.update(biasVariable, shape: [outputs], from: d) { sum, d in
                addColumnSums(of: d, rows: rows, width: outputs, to: sum)
            }
        }
    }
}

/// sum[c] += Σ_r x[r, c]. Blocks of rows are summed on several threads and then added in order.
func addColumnSums(
    of x: UnsafePointer<Float>, rows: Int, width: Int, to sum: UnsafeMutablePointer<Float>
) {
    let passes = Tuning.current.passes
    let columns = passes.columnsOfSum
    let pieces = (width + columns - 1) / columns
    forEachChunk(of: pieces, grain: passes.rows(of: columns * rows)) {
        range in
        for piece in range {
            let start = piece * columns
            kernels.add_column_sums(
                x + start, width, sum + start, rows, Swift.min(columns, width - start))
        }
    }
}
