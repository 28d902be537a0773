import Synchronization

/// The place of a tensor on a tape.
struct Variable: Sendable {
    let tape: Tape
    let index: Int
}

/// What happened while something is being differentiated, in order.
///
/// Reverse-mode differentiation (Linnainmaa 1970; see also Baydin et al., "Automatic differentiation
/// in machine learning: a survey", JMLR 2018): every operation appends a node that knows how to turn
/// the gradient of its result into the gradients of its inputs. One loop from the last node to the
/// first then gives the gradients of the inputs.
///
/// The tape is a flat array. `gradients(of:)` consumes it: when a node is done, what it saved and
/// its own gradient go back to the buffer pool. Nothing is recursive, so depth costs no stack.
package final class Tape: Sendable {
    /// Gives the gradient of a node's result to the gradients of its inputs. It owns that gradient, so
    /// that it can let go of it as soon as it has used it.
    typealias Backward =
        @Sendable (_ gradient: consuming Tensor, _ gradients: inout GradientAccumulator) -> Void

    /// Recomputes the result of a node from what its derivative keeps anyway: the same bits.
    typealias Recomputation = @Sendable () -> Tensor

    struct Node: Sendable {
        let kind: OperationKind?
        /// `nil` for an input.
        let backward: Backward?
        /// Recomputes the result, where that is cheap.
        let recompute: Recomputation?
    }

    private let nodes = Locked([Node]())
    private let recording = Atomic(true)

    package init() {}

    /// Appends a node, or returns `nil` when the tape is closed: derivatives are not recorded.
    func append(
        _ kind: OperationKind?, _ backward: Backward?, recompute: Recomputation? = nil
    ) -> Variable? {
        let index = nodes.withLock { nodes -> Int? in
            guard isOpen else { return nil }
            nodes.append(Node(kind: kind, backward: backward, recompute: recompute))
            return nodes.count - 1
        }
        return index.map { Variable(tape: self, index: $0) }
    }

    /// The same tensor, as an input whose gradient is wanted.
    package func input(_ tensor: Tensor) -> Tensor {
        var tensor = tensor
        tensor.variable = append(nil, nil)
        return tensor
    }

    /// How the result at that place can be recomputed, if that is cheap.
    func recomputation(of variable: Variable) -> Recomputation? {
        nodes.withLock { isOpen ? $0[variable.index].recompute : nil }
    }

    /// Whether operations are still recorded.
    var isOpen: Bool { recording.load(ordering: .acquiring) }

    /// What was recorded so far, in order: for tests.
    var recordedKinds: [OperationKind] { nodes.withLock { $0.compactMap(\.kind) } }

    /// Stops recording and forgets what was recorded. From then on the tensors on this tape are
    /// constants everywhere.
    package func close() { _ = takeNodes() }

    private func takeNodes() -> [Node] {
        nodes.withLock { nodes in
            recording.store(false, ordering: .releasing)
            defer { nodes = [] }
            return nodes
        }
    }

    /// Runs the tape backwards from a scalar. Returns the gradients of the first `inputCount` nodes,
    /// `nil` for inputs the scalar does not depend on.
    package func gradients(of result: Tensor, inputCount: Int) -> [Tensor?] {
        precondition(
            result.count == 1,
            "Only a scalar can be differentiated, but the result has shape \(result.shape). Take its sum or mean."
        )
        return gradients(of: result, from: Tensor.ones(like: result), inputCount: inputCount)
    }

    /// Runs the tape backwards from the gradient of a result of any shape.
    func gradients(of result: Tensor, from gradient: Tensor, inputCount: Int) -> [Tensor?] {
        let variable = result.variable
        var nodes = takeNodes()
        guard let variable else { return Array(repeating: nil, count: inputCount) }
        precondition(
            variable.tape === self,
            "Nested gradients are not supported: the result depends on a tensor that an outer differentiation records, whose gradient would be lost. Use detached()."
        )
        var gradients = GradientAccumulator(count: nodes.count)
        gradients.add(gradient, to: variable)
        while nodes.count > inputCount {
            guard let backward = nodes.removeLast().backward else { continue }
            if let gradient = gradients.take(nodes.count) { backward(consume gradient, &gradients) }
        }
        return (0..<inputCount).map { gradients.take($0) }
    }
}

/// The gradients that are known so far while the tape runs backwards, one place per node.
struct GradientAccumulator {
    private var gradients: [Tensor?]

    init(count: Int) {
        gradients = Array(repeating: nil, count: count)
    }

    /// Adds a contribution: the first moves in, later ones are added in place.
    mutating func add(_ contribution: @autoclosure () -> Tensor, to variable: Variable?) {
        guard let variable else { return }
        let new = contribution()
        guard var sum = take(variable.index) else {
            gradients[variable.index] = new
            return
        }
        if isKnownUniquelyReferenced(&sum.storage), sum.layout.isContiguous {
            let layout = sum.layout
            sum.writingStorage { MiniTensor.add(new, into: $0, as: layout) }
        } else {
            sum = sum + new
        }
        gradients[variable.index] = sum
    }

    /// Lets `body` add to the gradient in place, which starts as zeros. For operations that touch a
    /// part of their input only, such as a slice.
    mutating func update(
        _ variable: Variable?, shape: Extents, _ body: (_ gradient: inout Tensor) -> Void
    ) {
        guard let variable else { return }
        var sum = take(variable.index) ?? Tensor.filled(with: 0, shape: shape)
        sum.makeUniqueAndContiguous()
        body(&sum)
        gradients[variable.index] = sum
    }

    /// The same with the addresses of the sum and of a gradient, both in row-major order.
    mutating func update(
        _ variable: Variable?, shape: Extents, from gradient: Tensor,
        _ body: (_ sum: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>) -> Void
    ) {
        update(variable, shape: shape) { sum in
            gradient.reading { gradient in sum.writing { body($0, gradient) } }
        }
    }

    /// Takes what is known so far out of its place.
    mutating func take(_ index: Int) -> Tensor? {
        let gradient = gradients[index]
        gradients[index] = nil
        return gradient
    }

    /// Takes the sum known so far, if this operation may overwrite it.
    mutating func takeForUpdate(_ variable: Variable?) -> Tensor? {
        guard let variable, var sum = take(variable.index) else { return nil }
        sum.makeUniqueAndContiguous()
        return sum
    }

    /// The same, or a new tensor that the operation must fill, and whether something is known.
    mutating func takeForUpdate(
        _ variable: Variable?, orMake shape: Extents
    ) -> (sum: Tensor, isKnown: Bool) {
        if let sum = takeForUpdate(variable) { return (sum, true) }
        return (Tensor(uninitialized: shape), false)
    }
}

// MARK: - Recording

extension Tensor {
    /// The tape that records these tensors, if any of them is on one.
    private static func tape(_ variables: [Variable?]) -> Tape? {
        var tape: Tape?
        for case let variable? in variables {
            precondition(
                tape == nil || tape === variable.tape,
                "Two differentiations are mixed. Nested gradients are not supported; detach the outer tensor with detached()."
            )
            tape = variable.tape
        }
        return tape
    }

    /// This tensor, put on the tape as `f(x)`; `derivative` maps the gradient of the result to the
    /// gradient of `x`.
    func recorded(
        _ kind: OperationKind, _ x: Tensor, _ derivative: @escaping @Sendable (Tensor) -> Tensor
    ) -> Tensor {
        guard let input = x.variable else { return self }
        var result = self
        result.variable = input.tape.append(kind) { gradient, gradients in
            gradients.add(derivative(gradient), to: input)
        }
        return result
    }

    /// This tensor, put on the tape as `f(a, b)`, with one derivative for each input. A derivative
    /// may have the shape of the result: it is summed over broadcast axes.
    func recorded(
        _ kind: OperationKind,
        _ a: Tensor, _ aDerivative: @escaping @Sendable (Tensor) -> Tensor,
        _ b: Tensor, _ bDerivative: @escaping @Sendable (Tensor) -> Tensor
    ) -> Tensor {
        let (first, second) = (a.variable, b.variable)
        let (firstShape, secondShape) = (a.layout.shape, b.layout.shape)
        // Only the derivatives that are wanted: each keeps what it will need.
        guard first != nil else {
            return recorded(kind, b) { bDerivative($0).summed(to: secondShape) }
        }
        guard second != nil else {
            return recorded(kind, a) { aDerivative($0).summed(to: firstShape) }
        }
        return recorded(kind, inputs: [a, b]) { gradient, gradients in
            gradients.add(aDerivative(gradient).summed(to: firstShape), to: first)
            gradients.add(bDerivative(gradient).summed(to: secondShape), to: second)
        }
    }

    /// This tensor, put on the tape with any number of inputs.
    ///
    /// - Parameter recompute: recomputes this tensor from what `backward` keeps, if that takes no
    ///   longer than reading it from memory; operations that use it then need not keep it.
    func recorded(
        _ kind: OperationKind, inputs: [Tensor?], recompute: Tape.Recomputation? = nil,
        _ backward: @escaping Tape.Backward
    ) -> Tensor {
        guard let tape = Tensor.tape(inputs.map { $0?.variable }) else { return self }
        var result = self
        result.variable = tape.append(kind, backward, recompute: recompute)
        return result
    }

    /// Stops a change that the tape would not see: the gradient would be silently wrong.
    func requireConstant() {
        precondition(
            !isRecorded,
            "A tensor that is being differentiated cannot be changed or assigned in place, because its gradient would be lost. Build the result with concatenated or where, or use detached()."
        )
    }

    /// Whether what is done with this tensor is being recorded.
    package var isRecorded: Bool { variable != nil }

    /// The same values as a constant: gradients do not flow through the result.
    public func detached() -> Tensor {
        var result = self
        result.variable = nil
        return result
    }
}
