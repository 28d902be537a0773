import CMiniKernels
import Foundation

/// One parameter's part in a step of AdamW: changed in place where nobody else has the memory.
package struct AdamWUpdate: Sendable {
    /// The parameter's name, for errors.
    package let name: String
    /// p.
    package var parameter: Tensor
    /// g, before it is multiplied by the step's `gradientScale`.
    package let gradient: Tensor
    /// m, the running mean of the gradients.
    package var first: Tensor
    /// v, the running mean of their squares.
    package var second: Tensor
    /// λ, 0 for parameters that do not shrink.
    package let weightDecay: Float
    /// t: the number of this update, from 1.
    package let step: Int

    /// What a step changes and what it reads.
    package init(
        name: String, parameter: Tensor, gradient: Tensor, first: Tensor, second: Tensor,
        weightDecay: Float, step: Int
    ) {
        self.name = name
        self.parameter = parameter
        self.gradient = gradient
        self.first = first
        self.second = second
        self.weightDecay = weightDecay
        self.step = step
    }
}

/// What is the same for all parameters in a step of AdamW.
package struct AdamWSettings: Sendable {
    /// η.
    package var learningRate: Float
    /// β₁ and β₂.
    package var betas: (Double, Double)
    /// Keeps the division finite.
    package var eps: Float
    /// Every gradient is multiplied by this as it is read.
    package var gradientScale: Float

    /// Settings of one step.
    package init(learningRate: Float, betas: (Double, Double), eps: Float, gradientScale: Float) {
        self.learningRate = learningRate
        self.betas = betas
        self.eps = eps
        self.gradientScale = gradientScale
    }
}

/// Makes one step of AdamW (Loshchilov & Hutter 2019) for all parameters, in one pass over memory:
///
///     m = β₁·m + (1 − β₁)·g              v = β₂·v + (1 − β₂)·g²
///     p = p − η·λ·p − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)
///
/// - Precondition: a parameter, its gradient and its two averages have one shape.
package func updateByAdamW(_ updates: inout [AdamWUpdate], _ settings: AdamWSettings) {
    var places: [AdamWPlace] = []
    places.reserveCapacity(updates.count)
    for index in updates.indices {
        let parameter = updates[index].parameter
        let name = updates[index].name
        requireShape(of: parameter, name: name, "gradient", updates[index].gradient)
        requireShape(of: parameter, name: name, "first moment", updates[index].first)
        requireShape(of: parameter, name: name, "second moment", updates[index].second)
        _ = consume parameter
        updates[index].parameter.makeUniqueAndContiguous()
        updates[index].first.makeUniqueAndContiguous()
        updates[index].second.makeUniqueAndContiguous()
        places.append(AdamWPlace(updates[index], settings))
    }
    withExtendedLifetime((updates, places)) {
        TensorPieces(counts: places.map(\.gradient.count)).forEach(grain: 2) { _, index, range in
            places[index].update(range)
        }
    }
}

/// Where the numbers of one parameter lie.
private struct AdamWPlace {
    let gradient: Tensor
    private let parameter: UnsafeMutablePointer<Float>
    private let first: UnsafeMutablePointer<Float>
    private let second: UnsafeMutablePointer<Float>
    private let options: mini_adamw

    init(_ update: AdamWUpdate, _ settings: AdamWSettings) {
        gradient = update.gradient.contiguous()
        (parameter, first, second) = (
            update.parameter.pointer, update.first.pointer, update.second.pointer
        )
        let (beta1, beta2) = settings.betas
        options = mini_adamw(
            learning_rate: settings.learningRate, beta1: Float(beta1), beta2: Float(beta2),
            eps: settings.eps, weight_decay: update.weightDecay, rest1: Float(1 - beta1),
            rest2: Float(1 - beta2), correction1: Float(1 - pow(beta1, Double(update.step))),
            correction2: Float(1 - pow(beta2, Double(update.step))),
            gradient_scale: settings.gradientScale)
    }

    func update(_ range: Range<Int>) {
        let start = range.lowerBound
        withUnsafePointer(to: options) { options in
            kernels.adamw(
                parameter + start, gradient.pointer + start, first + start, second + start,
                options, range.count)
        }
    }
}
