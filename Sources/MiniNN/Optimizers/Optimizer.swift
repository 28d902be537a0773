import CMiniKernels
import MiniTensor

/// Changes a model along its gradients. A value: a copy of it is a copy of its whole state.
public protocol Optimizer: Sendable {
    /// How many updates it has made.
    var step: Int { get }

    /// Makes one step against the gradients.
    ///
    /// - Parameter isTrained: names the parameters to change; all of them unless given. Others stay
    ///   as they are, frozen.
    mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?)
}

extension Optimizer {
    /// Makes one step against the gradients for all parameters.
    public mutating func update<Model: Module>(_ model: inout Model, along gradients: Gradients) {
        update(&model, along: gradients, where: nil)
    }
}

/// The parameters of a model laid open for one pass of an optimizer: memory this model owns alone.
struct OpenParameters: ParameterVisitor {
    struct Parameter {
        let index: Int
        let name: String
        let shape: [Int]
        let pointer: UnsafeMutablePointer<Float>
        let count: Int
    }

    var path = ParameterPath()
    private(set) var all: [Parameter] = []
    private let gradients: Gradients

    /// Opens the parameters of a model that these gradients belong to.
    ///
    /// The pointers are good until the model is next copied or changed.
    init<Model: Module>(_ model: inout Model, for gradients: Gradients) {
        self.gradients = gradients
        model.visitParameters(&self)
        precondition(
            all.count == gradients.count,
            "The model has \(all.count) parameters, but there are \(gradients.count) gradients; are they of another model?"
        )
    }

    mutating func visitParameter(_ parameter: inout Tensor) {
        parameter.makeUniqueAndContiguous()
        let index = all.count
        let name = index < gradients.count ? gradients.names[index] : path.name
        all.append(
            Parameter(
                index: index, name: name, shape: parameter.shape, pointer: parameter.pointer,
                count: parameter.count))
    }

    /// Calls `body` for pieces of all parameters, on several threads.
    static func forEachPiece(
        of parameters: [Parameter],
        _ body: (_ place: Int, _ parameter: Parameter, _ range: Range<Int>) -> Void
    ) {
        let size = 1 << 14
        var pieces: [(place: Int, range: Range<Int>)] = []
        for (place, parameter) in parameters.enumerated() {
            for start in stride(from: 0, to: parameter.count, by: size) {
                pieces.append((place, start..<min(start + size, parameter.count)))
            }
        }
        let isSmall = parameters.reduce(0) { $0 + $1.count } < smallestSharedPass
        forEachChunk(of: pieces.count, grain: isSmall ? pieces.count : 2) { range in
            for piece in pieces[range] { body(piece.place, parameters[piece.place], piece.range) }
        }
    }
}
