import CMiniKernels
import Foundation
import MiniTensor

/// Adam with weight decay that is not part of the gradient.
///
/// Kingma & Ba 2015; Loshchilov & Hutter 2019, "Decoupled weight decay regularization". For each
/// number p with gradient g, at step t:
///
///     m = β₁·m + (1 − β₁)·g              v = β₂·v + (1 − β₂)·g²
///     p = p − η·λ·p − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)
///
/// One pass over memory does it all, and the factor of gradient clipping as well.
public struct AdamW: Optimizer {
    /// η for each step.
    public var learningRate: LearningRateSchedule
    /// β₁ and β₂: how long the two averages remember.
    public var betas: (Float, Float)
    /// Keeps the division finite.
    public var eps: Float
    /// λ: how fast weights shrink.
    public var weightDecay: Float
    /// Which parameters shrink. By default matrices and embeddings do, biases and norms do not.
    public var decays: @Sendable (_ name: String, _ shape: [Int]) -> Bool
    /// How many updates were made.
    public private(set) var step = 0

    /// The averages of one parameter's gradients.
    public struct Moments: Sendable {
        /// The full name of the parameter.
        public let name: String
        /// m, the mean.
        public internal(set) var first: Tensor
        /// v, the mean square.
        public internal(set) var second: Tensor
        /// Whether weight decay shrinks the parameter.
        public let decays: Bool

        /// The averages of a parameter.
        package init(name: String, first: Tensor, second: Tensor, decays: Bool) {
            (self.name, self.first, self.second, self.decays) = (name, first, second, decays)
        }
    }

    /// The averages, in the model's order; empty before the first update or `prepare`.
    public private(set) var moments: [Moments] = []

    /// An optimizer that has not seen a gradient yet.
    public init(
        learningRate: LearningRateSchedule, betas: (Float, Float) = (0.9, 0.999),
        eps: Float = 1e-8, weightDecay: Float = 0.01,
        decays: @escaping @Sendable (_ name: String, _ shape: [Int]) -> Bool = { $1.count >= 2 }
    ) {
        self.learningRate = learningRate
        self.betas = betas
        self.eps = eps
        self.weightDecay = weightDecay
        self.decays = decays
    }

    /// An optimizer with one learning rate for all steps.
    public init(
        learningRate: Float, betas: (Float, Float) = (0.9, 0.999), eps: Float = 1e-8,
        weightDecay: Float = 0.01,
        decays: @escaping @Sendable (_ name: String, _ shape: [Int]) -> Bool = { $1.count >= 2 }
    ) {
        self.init(
            learningRate: .constant(learningRate), betas: betas, eps: eps,
            weightDecay: weightDecay, decays: decays)
    }

    /// Takes up the state of another optimizer; the settings stay as they are.
    package mutating func restore(step: Int, moments: [Moments]) {
        self.step = step
        self.moments = moments
    }

    /// Makes the averages of this model now rather than at the first update. What stays for a whole
    /// training then lies side by side, and the memory between is one piece, which spares a few
    /// hundredths of it: gradients and activations of any size fit. The numbers do not change.
    public mutating func prepare(for model: some Module) {
        guard moments.isEmpty else { return }
        makeMoments(model.parameters.map { ($0.name, $0.value.shape) })
    }

    private mutating func makeMoments(_ parameters: [(name: String, shape: [Int])]) {
        moments = parameters.map { name, shape in
            Moments(
                name: name, first: .zeros(shape), second: .zeros(shape), decays: decays(name, shape)
            )
        }
    }

    /// Makes one step against the gradients.
    ///
    /// - Precondition: the gradients are of this model.
    public mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        let parameters = OpenParameters(&model, for: gradients).all
        if moments.isEmpty { makeMoments(parameters.map { ($0.name, $0.shape) }) }
        precondition(
            moments.count == parameters.count,
            "This optimizer has followed a model of \(moments.count) parameters; the one given has \(parameters.count)."
        )
        let options = options(gradientScale: gradients.scale)
        step += 1
        let trained = isTrained.map { isTrained in parameters.filter { isTrained($0.name) } }
        apply(options, to: trained ?? parameters, along: gradients)
    }

    private func options(gradientScale: Float) -> mini_adamw {
        let count = Float(step + 1)
        return mini_adamw(
            learning_rate: learningRate(step), beta1: betas.0, beta2: betas.1, eps: eps,
            weight_decay: weightDecay, correction1: 1 - pow(betas.0, count),
            correction2: 1 - pow(betas.1, count), gradient_scale: gradientScale)
    }

    private mutating func apply(
        _ options: mini_adamw, to parameters: [OpenParameters.Parameter], along gradients: Gradients
    ) {
        let places = parameters.map { parameter -> Place in
            let index = parameter.index
            moments[index].first.makeUniqueAndContiguous()
            moments[index].second.makeUniqueAndContiguous()
            return Place(
                gradient: gradients.unscaled(index).contiguous(),
                first: moments[index].first.pointer, second: moments[index].second.pointer,
                decays: moments[index].decays)
        }
        OpenParameters.forEachPiece(of: parameters) { place, parameter, range in
            var options = options
            let (start, place) = (range.lowerBound, places[place])
            if !place.decays { options.weight_decay = 0 }
            kernels.adamw(
                parameter.pointer + start, place.gradient.pointer + start, place.first + start,
                place.second + start, &options, range.count)
        }
    }

    private struct Place {
        let gradient: Tensor
        let first: UnsafeMutablePointer<Float>
        let second: UnsafeMutablePointer<Float>
        let decays: Bool
    }
}
