/// `function` of the inputs, of which only the inputs are kept: its activations are recomputed when its
/// gradient is needed.
///
/// Activation checkpointing: Chen et al. 2016, "Training deep nets with sublinear memory cost". The
/// results and the gradients are the same, bit by bit; memory falls to the inputs of each such part
/// and the activations of one, and the step takes a forward pass longer.
///
/// - Parameters:
///   - inputs: everything whose gradient is wanted: `function` must not use other tensors that are
///     being differentiated.
///   - function: called again with the same values; it must give the same result.
public func recomputed(
    _ inputs: [Tensor], _ function: @escaping @Sendable (_ inputs: [Tensor]) -> Tensor
) -> Tensor {
    let values = inputs.map { $0.detached() }
    let variables = inputs.map(\.variable)
    let result = function(values)
    precondition(
        result.variable == nil,
        "recomputed: the function uses a tensor that is being differentiated and is not among its inputs."
    )
    return result.recorded(.recomputed, inputs: inputs) { gradient, gradients in
        let tape = Tape()
        defer { tape.close() }
        let traced = zip(values, variables).map { $1 == nil ? $0 : tape.input($0) }
        let known = variables.compactMap { $0 }
        let parts = tape.gradients(
            of: function(traced), from: gradient, inputCount: known.count)
        for (variable, part) in zip(known, parts) {
            if let part { gradients.add(part, to: variable) }
        }
    }
}
