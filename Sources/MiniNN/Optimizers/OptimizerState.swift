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
}
