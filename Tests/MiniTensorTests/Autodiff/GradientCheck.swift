@testable import MiniTensor

/// An input of a gradient check: what it may be, so that the function is smooth around it.
struct CheckInput: Sendable {
    enum Values {
        case smooth, positive, varied, distinct
    }
    let shape: [Int]
    let values: Values

    /// Numbers between −1 and 1.
    static func smooth(_ shape: Int...) -> CheckInput { CheckInput(shape: shape, values: .smooth) }
    /// Numbers between 0.5 and 2.
    static func positive(_ shape: Int...) -> CheckInput {
        CheckInput(shape: shape, values: .positive)
    }
    /// Numbers between −1 and 1, never broadcast, for what divides by how much they differ.
    static func varied(_ shape: Int...) -> CheckInput { CheckInput(shape: shape, values: .varied) }
    /// Numbers at least 0.3 apart, for what depends on their order.
    static func distinct(_ shape: Int...) -> CheckInput {
        CheckInput(shape: shape, values: .distinct)
    }

    func draw(using generator: inout SplitMix64) -> Plain {
        switch values {
        case .smooth, .varied: return .random(shape, using: &generator)
        case .positive: return .random(shape, in: 0.5...2, using: &generator)
        case .distinct:
            let count = shape.reduce(1, *)
            let places = Array(0..<count).shuffled(using: &generator)
            return Plain(shape: shape, values: places.map { Double(Float($0 - count / 2) * 0.3) })
        }
    }

    /// Broadcast elements are equal, which those that must differ cannot be.
    func allows(_ arrangement: Arrangement) -> Bool {
        values == .smooth || values == .positive || Arrangement.general.contains(arrangement)
    }
}

/// A function whose gradient is compared with central differences.
struct GradientCheck: Sendable {
    let name: String
    let inputs: [CheckInput]
    let function: @Sendable ([Tensor]) -> Tensor
}

/// How the scalar that is differentiated is made of a result, which decides in what layout the
/// gradient arrives at the operation.
enum Ending: CaseIterable, Sendable {
    /// Σ weight·y: row-major.
    case weighted
    /// The same through a transpose: column-major.
    case transposed
    /// A sum over the first axis first: stride 0.
    case summed

    /// The weight of every element of the result.
    func weights(_ shape: [Int], using generator: inout SplitMix64) -> Plain {
        let weights = Plain.random(shape, using: &generator)
        guard self == .summed, !shape.isEmpty, shape[0] > 0 else { return weights }
        return Plain(shape: shape) { index in weights[[0] + index.dropFirst()] }
    }

    func scalar(_ y: Tensor, weights: Plain) -> Tensor {
        switch self {
        case .weighted: return (y * weights.tensor).sum()
        case .transposed:
            let reversed = weights.permuted((0..<weights.rank).reversed())
            return (y.transposed() * reversed.tensor).sum()
        case .summed:
            guard y.rank > 0, y.dim(0) > 0 else { return (y * weights.tensor).sum() }
            return (y.sum(axis: 0) * weights.tensor[0]).sum()
        }
    }
}

extension GradientCheck {
    /// What is wrong with the gradient, in every layout of the inputs and of the gradient of the
    /// result; empty when nothing is.
    ///
    /// - Parameter kind: must be among the operations that the function records.
    func complaints(kind: OperationKind) -> [String] {
        var generator = SplitMix64(seed: name.utf8.reduce(17) { $0 &* 31 &+ UInt64($1) })
        var complaints: [String] = []
        for shift in Arrangement.allCases.indices {
            // Neighbouring inputs lie differently, and each lies in every way once.
            let tensors = inputs.enumerated().map { position, input in
                let wanted = Arrangement.allCases[
                    (shift + 2 * position) % Arrangement.allCases.count]
                return (input.allows(wanted) ? wanted : .contiguous).tensor(
                    input.draw(using: &generator))
            }
            for ending in Ending.allCases {
                for isUsedTwice in [false, true] {
                    let complaint = complaint(
                        kind, tensors, ending, isUsedTwice: isUsedTwice, &generator)
                    if let complaint {
                        complaints.append("\(name), layouts \(shift), \(ending): \(complaint)")
                    }
                }
            }
        }
        return complaints
    }

    private func complaint(
        _ kind: OperationKind, _ inputs: [Tensor], _ ending: Ending, isUsedTwice: Bool,
        _ generator: inout SplitMix64
    ) -> String? {
        let weights = ending.weights(function(inputs).shape, using: &generator)
        let directions = inputs.map { Plain.random($0.shape, using: &generator) }
        let tape = Tape()
        let variables = inputs.map { tape.input($0) }
        let y = function(variables)
        guard tape.recordedKinds.contains(kind) else { return "\(kind) was not recorded" }
        var loss = ending.scalar(y, weights: weights)
        if isUsedTwice {
            // Recorded last, differentiated first: the operation finds gradients already there.
            for (variable, direction) in zip(variables, directions) {
                loss = loss + (variable * direction.tensor).sum()
            }
        }
        let gradients = tape.gradients(of: loss, inputCount: inputs.count)
        for (position, (gradient, input)) in zip(gradients, inputs).enumerated() {
            guard let gradient else { return "input \(position) has no gradient" }
            guard gradient.shape == input.shape else {
                return "the gradient of input \(position) has shape \(gradient.shape)"
            }
        }
        let extra = isUsedTwice ? directions : directions.map { $0.map { _ in 0 } }
        let slopes = zip(gradients, extra).map { gradient, extra in
            gradient.map { Plain($0).combined(with: extra) { $0 - $1 } } ?? extra
        }
        let difference = CentralDifferences(
            inputs: inputs, weights: weights.values, of: function)
        let claims = slopes.map(\.values)
        let random = difference.slope(along: directions.map(\.values), gradients: claims)
        if !random.isCorrect { return GradientReport(slopes: [random]).description }
        // Element by element once, where that is cheap.
        guard ending == .weighted, !isUsedTwice else { return nil }
        for position in inputs.indices where inputs[position].count <= 40 {
            for element in 0..<inputs[position].count {
                let slope = difference.slope(of: element, in: position, gradients: claims)
                if !slope.isCorrect { return GradientReport(slopes: [slope]).description }
            }
        }
        return nil
    }
}
