import MiniTensor

/// The derivative of a loss with respect to every parameter of a model, in the model's order.
public struct Gradients: Sendable {
    /// The full names of the parameters.
    public let names: [String]
    /// The gradients as they were computed; multiply by `scale` for their true values.
    private var tensors: [Tensor]
    /// What clipping and averaging multiply all gradients by. The optimizer applies it as it reads
    /// them, which saves a pass over memory.
    public private(set) var scale: Float = 1
    /// The norm before the last clipping, if there was one.
    public private(set) var normBeforeClipping: Float?

    /// Gradients from their names and values.
    public init(names: [String], values: [Tensor]) {
        precondition(
            names.count == values.count,
            "Gradients need a value for each name, but there are \(names.count) names and \(values.count) values."
        )
        self.names = names
        self.tensors = values
    }

    /// The number of parameters.
    public var count: Int { tensors.count }

    /// The gradient of the parameter at that place.
    public subscript(index: Int) -> Tensor {
        scale == 1 ? tensors[index] : tensors[index] * scale
    }

    /// The gradient of the parameter of that name.
    public subscript(name: String) -> Tensor? {
        names.firstIndex(of: name).map { self[$0] }
    }

    /// The gradient without the factor `scale`.
    package func unscaled(_ index: Int) -> Tensor { tensors[index] }

    /// √Σ g² over all numbers of all gradients.
    public var norm: Float { Float(sumOfSquares(of: tensors).squareRoot()) * abs(scale) }

    /// The same direction, shortened to `limit` if it is longer (Pascanu et al. 2013).
    ///
    /// - Precondition: the limit is above 0; it may be infinite.
    public func clipped(toNorm limit: Float) -> Gradients {
        precondition(
            limit > 0, "Gradients cannot be clipped to the norm \(limit); it must be above 0.")
        let norm = self.norm
        var result = self
        result.normBeforeClipping = norm
        if norm > limit { result.scale *= limit / (norm + 1e-6) }
        return result
    }

    /// All gradients multiplied by a number.
    public func scaled(by factor: Float) -> Gradients {
        var result = self
        result.scale *= factor
        return result
    }

    /// Adds the gradients of another batch: gradient accumulation.
    ///
    /// - Precondition: both are of the same model.
    public static func += (sum: inout Gradients, other: Gradients) {
        precondition(
            sum.names == other.names, "Gradients of two different models cannot be added.")
        for index in sum.tensors.indices {
            let (shape, otherShape) = (sum.tensors[index].shape, other.tensors[index].shape)
            precondition(
                shape == otherShape,
                "The gradients of \(sum.names[index]) have the shapes \(shape) and \(otherShape); only those of one model can be added."
            )
            sum.tensors[index] = Tensor.weightedSum(
                [sum.tensors[index], other.tensors[index]], weights: [sum.scale, other.scale])
        }
        sum.scale = 1
    }
}

extension Gradients {
    /// The sum of two batches' gradients.
    public static func + (first: Gradients, second: Gradients) -> Gradients {
        var sum = first
        sum += second
        return sum
    }
}
