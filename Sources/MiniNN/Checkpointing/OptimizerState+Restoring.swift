import MiniTensor

extension OptimizerState {
    /// Puts the state into an optimizer.
    ///
    /// - Parameter model: the model it follows: state of other parameters, or in other shapes, is
    ///   refused.
    /// - Throws: `CheckpointError.otherOptimizer`.
    public func restore<Updater: Optimizer>(
        _ optimizer: inout Updater, of model: some Module
    ) throws(CheckpointError) {
        guard kind == Updater.kind else {
            throw .otherOptimizer(
                "it was made with \(kind), but this training uses \(Updater.kind)")
        }
        let shapes = Dictionary(
            model.parameters.map { ($0.name, $0.value.shape) },
            uniquingKeysWith: { first, _ in first })
        for (name, values) in tensors.sorted(by: { $0.key < $1.key }) {
            for (parameter, value) in values.sorted(by: { $0.key < $1.key }) {
                guard let shape = shapes[parameter] else {
                    throw .otherOptimizer(
                        "it holds \(name) of \(parameter), which the model does not have")
                }
                guard shape == value.shape else {
                    throw .otherOptimizer(
                        "it holds \(name) of \(parameter) in the shape \(value.shape), but the parameter has \(shape)"
                    )
                }
            }
        }
        var restorer = Restorer(state: self)
        optimizer.visitState(&restorer)
    }

    private struct Restorer: OptimizerStateVisitor {
        let state: OptimizerState

        mutating func visit(_ name: String, _ value: inout Int) {
            value = state.integers[name] ?? value
        }
        mutating func visit(_ name: String, _ value: inout Float) {
            value = state.numbers[name] ?? value
        }
        mutating func visit(_ name: String, _ values: inout [String: Int]) {
            values = state.counts[name] ?? [:]
        }
        mutating func visit(_ name: String, _ tensors: inout [String: Tensor]) {
            tensors = state.tensors[name] ?? [:]
        }
    }
}
