import MiniTensor

/// The loss of a model and its gradients.
///
///     let (loss, gradients) = valueAndGradients(of: model) {
///         crossEntropy(logits: $0(inputs), targets: targets)
///     }
///
/// Inside the closure `$0` is the model with its parameters on the tape; everything is recorded
/// there, and only there.
///
/// - Precondition: the closure returns a tensor with one element.
public func valueAndGradients<Model: Module, Failure: Error>(
    of model: Model, _ loss: (Model) throws(Failure) -> Tensor
) throws(Failure) -> (value: Float, gradients: Gradients) {
    let tape = Tape()
    defer { tape.close() }
    var recorder = Recorder(tape: tape)
    var traced = model
    traced.visitParameters(&recorder)
    recorder.requireDistinctNames()
    let value = try loss(traced)
    let tensors = tape.gradients(of: value, inputCount: recorder.shapes.count)
    return (
        value.detached().item(),
        Gradients(
            names: recorder.names,
            values: zip(tensors, recorder.shapes).map { $0 ?? Tensor.zeros($1) })
    )
}

/// Puts every parameter on the tape.
private struct Recorder: ParameterVisitor {
    var path = ParameterPath()
    let tape: Tape
    var names: [String] = []
    var shapes: [[Int]] = []

    init(tape: Tape) { self.tape = tape }

    /// Two parameters of one name would share gradients, averages and a place in checkpoints.
    func requireDistinctNames() {
        var seen = Set<String>()
        for name in names {
            precondition(
                seen.insert(name).inserted,
                "Two parameters are named \(name); visitParameters must give each its own name.")
        }
    }

    mutating func visitParameter(_ parameter: inout Tensor) {
        precondition(
            !parameter.isRecorded,
            "Nested gradients are not supported: the parameter \(path.name) is itself being differentiated. Use detached()."
        )
        parameter = tape.input(parameter)
        names.append(path.name)
        shapes.append(parameter.shape)
    }
}
