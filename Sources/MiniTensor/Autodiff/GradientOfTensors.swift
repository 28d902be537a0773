/// The value of `f` at `x` and its gradient there.
///
///     let (value, slope) = valueAndGradient(at: x) { ($0 * $0).sum() }   // slope = 2x
///
/// - Precondition: `f` returns a tensor with one element.
public func valueAndGradient<Failure: Error>(
    at x: Tensor, of f: (Tensor) throws(Failure) -> Tensor
) throws(Failure) -> (value: Tensor, gradient: Tensor) {
    let (value, gradients) = try valueAndGradients(at: [x]) { (xs: [Tensor]) throws(Failure) in
        try f(xs[0])
    }
    return (value, gradients[0])
}

/// The gradient of `f` at `x`: a tensor of the shape of `x`.
///
/// - Precondition: `f` returns a tensor with one element.
public func gradient<Failure: Error>(
    at x: Tensor, of f: (Tensor) throws(Failure) -> Tensor
) throws(Failure) -> Tensor {
    try valueAndGradient(at: x, of: f).gradient
}

/// The gradients of `f` at `(a, b)` with respect to both.
public func gradient<Failure: Error>(
    at a: Tensor, _ b: Tensor, of f: (Tensor, Tensor) throws(Failure) -> Tensor
) throws(Failure) -> (Tensor, Tensor) {
    let (_, gradients) = try valueAndGradients(at: [a, b]) { (xs: [Tensor]) throws(Failure) in
        try f(xs[0], xs[1])
    }
    return (gradients[0], gradients[1])
}

/// The value of `f` at several tensors and its gradients with respect to each of them; zeros where
/// the value does not depend on one.
public func valueAndGradients<Failure: Error>(
    at inputs: [Tensor], of f: ([Tensor]) throws(Failure) -> Tensor
) throws(Failure) -> (value: Tensor, gradients: [Tensor]) {
    precondition(
        !inputs.contains { $0.isRecorded },
        "Nested gradients are not supported: an input is itself being differentiated. Use detached()."
    )
    let tape = Tape()
    defer { tape.close() }
    let value = try f(inputs.map { tape.input($0.detached()) })
    let gradients = tape.gradients(of: value, inputCount: inputs.count)
    return (
        value.detached(),
        zip(inputs, gradients).map { input, gradient in gradient ?? Tensor.zeros(like: input) }
    )
}
