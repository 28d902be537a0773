import CMiniKernels

/// A function that stands between two linear layers: one of those with a name, or your own.
///
///     FeedForward(up: up, down: down, activation: .relu)
///     FeedForward(up: up, down: down, activation: Activation("squared relu") { square(relu($0)) })
///
/// Two are equal if they have the same name. A file holds the name, so it can hold only those of
/// `Activation.named`.
public struct Activation: Sendable {
    /// What messages and files call it.
    public let name: String
    /// How a linear layer applies it in the same pass, if it can.
    let fused: FusedActivation?
    private let function: @Sendable (Tensor) -> Tensor

    /// An activation of your own.
    ///
    /// - Parameters:
    ///   - name: what messages call it; not one of the names of `Activation.named`.
    ///   - function: maps a tensor of any shape to one of the same shape.
    public init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
        precondition(
            Activation.named.allSatisfy { $0.name != name },
            "An activation of your own cannot be called \(name), because there is one of that name."
        )
        self.init(name: name, fused: nil, function)
    }

    private init(
        name: String, fused: FusedActivation?, _ function: @escaping @Sendable (Tensor) -> Tensor
    ) {
        (self.name, self.fused, self.function) = (name, fused, function)
    }

    /// The function of every number of `x`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { function(x) }
}

extension Activation {
    /// Nothing: x itself.
    public static let none = Activation(name: "none", fused: FusedActivation.none) { $0 }
    /// The exact GELU x·Φ(x); a linear layer applies it in the same pass.
    public static let gelu = Activation(name: "gelu", fused: .gelu) { MiniTensor.gelu($0) }
    /// GPT-2's GELU, by tanh; a linear layer applies it in the same pass.
    public static let geluApproximate = Activation(
        name: "geluApproximate", fused: .geluApproximate
    ) { MiniTensor.geluApproximate($0) }
    /// max(x, 0).
    public static let relu = Activation(name: "relu", fused: nil) { MiniTensor.relu($0) }
    /// x·sigmoid(x), also called swish.
    public static let silu = Activation(name: "silu", fused: nil) { MiniTensor.silu($0) }
    /// The hyperbolic tangent.
    public static let tanh = Activation(name: "tanh", fused: nil) { MiniTensor.tanh($0) }
    /// 1/(1 + e⁻ˣ).
    public static let sigmoid = Activation(name: "sigmoid", fused: nil) { MiniTensor.sigmoid($0) }

    /// All activations that a file can name.
    public static let named: [Activation] = [
        .none, .gelu, .geluApproximate, .relu, .silu, .tanh, .sigmoid,
    ]

    /// The kernel of one of the named; `nil` for none.
    ///
    /// - Precondition: it is one of the named.
    package var kernel: mini_unary? {
        switch self {
        case .gelu: kernels.gelu
        case .geluApproximate: kernels.gelu_tanh
        case .relu: kernels.relu
        case .silu: kernels.silu
        case .tanh: kernels.tanh
        case .sigmoid: kernels.sigmoid
        case .none: nil
        default:
            preconditionFailure(
                "\(name) is an activation of your own; here only those of Activation.named can be computed."
            )
        }
    }

    /// Those that a linear layer applies in the same pass.
    package static let fused: [Activation] = named.filter { $0.fused != nil }
}

extension Activation: Hashable, CustomStringConvertible {
    /// Whether both have the same name.
    public static func == (a: Activation, b: Activation) -> Bool { a.name == b.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The name.
    public var description: String { name }
}

extension Activation: Codable {
    /// Reads a name.
    ///
    /// - Throws: `DecodingError` for a name that is not one of `Activation.named`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let found = Activation.named.first(where: { $0.name == name }) else {
            let names = Activation.named.map(\.name).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "There is no activation named \(name); there are \(names).")
        }
        self = found
    }

    /// Writes the name.
    ///
    /// - Throws: `EncodingError` for one of your own, which could not be read again.
    public func encode(to encoder: any Encoder) throws {
        guard Activation.named.contains(self) else {
            throw EncodingError.invalidValue(
                self,
                EncodingError.Context(
                    codingPath: encoder.codingPath,
                    debugDescription:
                        "The activation \(name) is your own and cannot be read from a file again."))
        }
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// What a linear layer can do with its result in the same pass.
enum FusedActivation: Sendable {
    case none, gelu, geluApproximate
}
