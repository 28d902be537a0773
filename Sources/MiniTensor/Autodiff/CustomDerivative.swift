/// The result of a function whose derivative you write yourself.
///
/// For an operation that the library does not have, or whose derivative is cheaper, or loses fewer
/// digits, than that of the operations it is made of:
///
///     /// x·sigmoid(x), of which one tensor is kept for the gradient instead of three.
///     func silu(_ x: Tensor) -> Tensor {
///         customDerivative(of: x) { x in
///             (result: x * sigmoid(x), saved: x)
///         } backward: { gradient, x in
///             let s = sigmoid(x)
///             return gradient * s * (1 + x * (1 - s))
///         }
///     }
///
/// `checkGradients(at:)` compares such a derivative with central differences.
///
/// Outside `valueAndGradients` only `forward` is called, and nothing is kept.
///
/// - Parameters:
///   - input: what the gradient is wanted for.
///   - forward: computes the result from the input, which it gets as a constant, and whatever
///     `backward` will need: tensors, shapes, numbers, as one `Sendable` value.
///   - backward: maps the gradient of the result, and what was saved, to the gradient of the input,
///     of the shape of the input.
public func customDerivative<Saved: Sendable>(
    of input: Tensor,
    forward: (_ input: Tensor) -> (result: Tensor, saved: Saved),
    backward: @escaping @Sendable (_ gradient: Tensor, _ saved: Saved) -> Tensor
) -> Tensor {
    customDerivative(of: [input]) {
        forward($0[0])
    } backward: { gradient, saved in
        [backward(gradient, saved)]
    }
}

/// The result of a function of several tensors whose derivatives you write yourself.
///
///     /// a·b, whose second factor lets no gradient through if it is above 1.
///     customDerivative(of: [a, b]) { x in
///         (result: x[0] * x[1], saved: (x[0], x[1]))
///     } backward: { gradient, saved in
///         let (a, b) = saved
///         return [gradient * b, gradient * a * (b .<= 1)]
///     }
///
/// Outside `valueAndGradients` only `forward` is called, and nothing is kept.
///
/// - Parameters:
///   - inputs: everything whose gradient is wanted: `forward` must not use other tensors that are
///     being differentiated.
///   - forward: computes the result from the inputs, which it gets as constants, and whatever
///     `backward` will need.
///   - backward: maps the gradient of the result, and what was saved, to one gradient for each
///     input, of the input's shape; `nil` where the result does not depend on an input.
public func customDerivative<Saved: Sendable>(
    of inputs: [Tensor],
    forward: (_ inputs: [Tensor]) -> (result: Tensor, saved: Saved),
    backward: @escaping @Sendable (_ gradient: Tensor, _ saved: Saved) -> [Tensor?]
) -> Tensor {
    let (result, saved) = forward(inputs.map { $0.detached() })
    precondition(
        !result.isRecorded,
        "customDerivative: forward uses a tensor that is being differentiated and is not among its inputs."
    )
    let (variables, shapes) = (inputs.map(\.variable), inputs.map(\.layout.shape))
    return result.recorded(.custom, inputs: inputs) { gradient, gradients in
        let parts = backward(gradient, saved)
        precondition(
            parts.count == shapes.count,
            "customDerivative: backward returned \(parts.count) gradients for \(shapes.count) inputs; return nil for an input without one."
        )
        for (position, part) in parts.enumerated() {
            guard let part else { continue }
            precondition(
                part.layout.shape == shapes[position],
                "customDerivative: backward returned a gradient of shape \(part.shape) for input \(position), whose shape is \(shapes[position])."
            )
            gradients.add(part.detached(), to: variables[position])
        }
    }
}
