import MiniTensor

/// What is shown the state of an optimizer: saves it, or puts saved values in its place.
public protocol OptimizerStateVisitor {
    /// Shows a whole number, such as `step`.
    mutating func visit(_ name: String, _ value: inout Int)
    /// Shows a number.
    mutating func visit(_ name: String, _ value: inout Float)
    /// Shows whole numbers by the full name of the parameter they belong to.
    mutating func visit(_ name: String, _ values: inout [String: Int])
    /// Shows tensors by the full name of the parameter they belong to, such as averages of gradients.
    mutating func visit(_ name: String, _ tensors: inout [String: Tensor])
}

/// The state of an optimizer as plain values, as a checkpoint keeps it.
public struct OptimizerState: Sendable {
    /// The kind of optimizer it is of.
    public var kind: String
    /// Whole numbers by name.
    public var integers: [String: Int] = [:]
    /// Numbers by name.
    public var numbers: [String: Float] = [:]
    /// Whole numbers of parameters: by name, and by the parameter's name.
    public var counts: [String: [String: Int]] = [:]
    /// Tensors of parameters: by name, and by the parameter's name.
    public var tensors: [String: [String: Tensor]] = [:]

    /// A state of nothing.
    public init(kind: String) { self.kind = kind }

    /// The state of an optimizer. Tensors are shared, not copied.
    public init<Updater: Optimizer>(_ optimizer: Updater) {
        kind = Updater.kind
        var collector = Collector(state: self)
        var copy = optimizer
        copy.visitState(&collector)
        self = collector.state
    }

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

    private struct Collector: OptimizerStateVisitor {
        var state: OptimizerState

        mutating func visit(_ name: String, _ value: inout Int) { state.integers[name] = value }
        mutating func visit(_ name: String, _ value: inout Float) { state.numbers[name] = value }
        mutating func visit(_ name: String, _ values: inout [String: Int]) {
            state.counts[name] = values
        }
        mutating func visit(_ name: String, _ tensors: inout [String: Tensor]) {
            state.tensors[name] = tensors
        }
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
