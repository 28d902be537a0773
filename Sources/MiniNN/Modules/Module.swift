import MiniTensor

/// Something with parameters that can be trained: a struct that names them.
///
///     struct FeedForward: Layer {
///         var up: Linear, down: Linear
///         func callAsFunction(_ x: Tensor) -> Tensor { down(geluApproximate(up(x))) }
///         mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
///             visitor.visit("up", &up)
///             visitor.visit("down", &down)
///         }
///     }
///
/// That one method serves counting, gradients, optimizers, freezing, checkpoints and printing.
public protocol Module: Sendable {
    /// Shows every parameter and every module inside to the visitor, with its name.
    mutating func visitParameters(_ visitor: inout some ParameterVisitor)
}

/// A module that maps one tensor to one tensor.
public protocol Layer: Module {
    /// The result for `x`.
    func callAsFunction(_ x: Tensor) -> Tensor

    /// The result for `x`, for a layer that behaves otherwise while training.
    ///
    /// The default ignores the mode.
    func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor
}

extension Layer {
    /// The result for `x`; most layers do the same while training.
    public func callAsFunction(_ x: Tensor, mode: Mode) -> Tensor { self(x) }
}

/// What is shown the parameters of a module, one after the other, always in the same order.
public protocol ParameterVisitor {
    /// The names of the modules around the current place; kept by `visit`.
    var path: ParameterPath { get set }

    /// Called for every parameter; its full name is `path.name`.
    mutating func visitParameter(_ parameter: inout Tensor)

    /// Called before the parameters of a module inside; `path` leads to it.
    mutating func enterModule(_ type: any Module.Type)
}

/// Where a visitor is: `blocks`, `0`, `attention`, `output`, `weight`.
public struct ParameterPath: Sendable {
    /// The names from the outside in.
    public internal(set) var components: [String] = []

    /// An empty path: the model itself.
    public init() {}

    /// The names joined by dots: `blocks.0.attention.output.weight`.
    public var name: String { components.joined(separator: ".") }
}

extension ParameterVisitor {
    /// Does nothing; most visitors look at parameters only.
    public mutating func enterModule(_ type: any Module.Type) {}

    /// Shows one parameter.
    public mutating func visit(_ name: String, _ parameter: inout Tensor) {
        path.components.append(name)
        visitParameter(&parameter)
        path.components.removeLast()
    }

    /// Shows a parameter that may be absent, such as a bias.
    public mutating func visit(_ name: String, _ parameter: inout Tensor?) {
        guard var present = parameter.take() else { return }
        visit(name, &present)
        parameter = present
    }

    /// Shows a module.
    public mutating func visit<Inner: Module>(_ name: String, _ module: inout Inner) {
        path.components.append(name)
        enterModule(Inner.self)
        module.visitParameters(&self)
        path.components.removeLast()
    }

    /// Shows a module that may be absent.
    public mutating func visit<Inner: Module>(_ name: String, _ module: inout Inner?) {
        guard var present = module.take() else { return }
        visit(name, &present)
        module = present
    }

    /// Shows modules in a row: `name.0`, `name.1`, …
    public mutating func visit<Inner: Module>(_ name: String, _ modules: inout [Inner]) {
        path.components.append(name)
        for index in modules.indices { visit(String(index), &modules[index]) }
        path.components.removeLast()
    }
}

// MARK: - What every module can do

extension Module {
    /// All parameters with their full names, in order.
    public var parameters: [(name: String, value: Tensor)] {
        var collector = ParameterCollector()
        var copy = self
        copy.visitParameters(&collector)
        return collector.parameters
    }

    /// The number of trainable numbers.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

    /// The parameter of that full name, such as `blocks.0.attention.output.weight`; `nil` if there is
    /// none.
    ///
    /// - Precondition: what is set is a tensor of the parameter's shape, and there is a parameter of
    ///   that name.
    public subscript(parameter name: String) -> Tensor? {
        get { parameters.first { $0.name == name }?.value }
        set {
            guard let newValue else {
                preconditionFailure("The parameter \(name) cannot be set to nil.")
            }
            var setter = ParameterSetter(name: name, value: newValue)
            visitParameters(&setter)
            precondition(
                setter.isFound,
                "There is no parameter named \(name) among \(parameters.map(\.name)).")
        }
    }

    /// Replaces every parameter by what `transform` makes of it.
    public mutating func mapParameters(_ transform: (_ name: String, _ value: Tensor) -> Tensor) {
        withoutActuallyEscaping(transform) { transform in
            var mapper = ParameterMapper(transform: transform)
            visitParameters(&mapper)
        }
    }
}

private struct ParameterCollector: ParameterVisitor {
    var path = ParameterPath()
    var parameters: [(name: String, value: Tensor)] = []

    mutating func visitParameter(_ parameter: inout Tensor) {
        parameters.append((path.name, parameter))
    }
}

private struct ParameterSetter: ParameterVisitor {
    var path = ParameterPath()
    let name: String
    let value: Tensor
    var isFound = false

    mutating func visitParameter(_ parameter: inout Tensor) {
        guard path.name == name else { return }
        isFound = true
        precondition(
            parameter.shape == value.shape,
            "Parameter \(name) has shape \(parameter.shape); a value of shape \(value.shape) does not fit."
        )
        parameter = value
    }
}

private struct ParameterMapper: ParameterVisitor {
    var path = ParameterPath()
    let transform: (String, Tensor) -> Tensor

    mutating func visitParameter(_ parameter: inout Tensor) {
        parameter = transform(path.name, parameter)
    }
}
