import MiniTensor

/// The parameters of a model, taken out of it to be changed in place and put back: meanwhile nobody else
/// has their memory.
struct TakenParameters {
    /// A parameter's place in the model's order, and its full name.
    let names: [String]
    /// The parameters, in the model's order.
    var tensors: [Tensor]

    /// Takes the parameters of a model that these gradients belong to.
    init<Model: Module>(of model: inout Model, for gradients: Gradients) {
        var taker = Taker()
        model.visitParameters(&taker)
        precondition(
            taker.tensors.count == gradients.count,
            "The model has \(taker.tensors.count) parameters, but there are \(gradients.count) gradients; are they of another model?"
        )
        (names, tensors) = (gradients.names, taker.tensors)
    }

    /// Puts the parameters back.
    consuming func putBack<Model: Module>(into model: inout Model) {
        var returner = Returner(tensors: tensors.reversed())
        model.visitParameters(&returner)
    }

    private struct Taker: ParameterVisitor {
        var path = ParameterPath()
        var tensors: [Tensor] = []
        private let nothing = Tensor.zeros([0])

        mutating func visitParameter(_ parameter: inout Tensor) {
            tensors.append(parameter)
            parameter = nothing
        }
    }

    private struct Returner: ParameterVisitor {
        var path = ParameterPath()
        var tensors: [Tensor]

        init(tensors: [Tensor]) { self.tensors = tensors }

        mutating func visitParameter(_ parameter: inout Tensor) { parameter = tensors.removeLast() }
    }
}
