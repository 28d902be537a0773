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
        var parameters = TakenParameters(of: &model, for: gradients)
        if moments.isEmpty {
            makeMoments(zip(parameters.names, parameters.tensors).map { ($0, $1.shape) })
        }
        precondition(
            moments.count == parameters.tensors.count,
            "This optimizer has followed a model of \(moments.count) parameters; the one given has \(parameters.tensors.count)."
        )
        let settings = AdamWSettings(
            learningRate: learningRate(step), betas: betas, eps: eps,
            gradientScale: gradients.scale)
        step += 1
        apply(settings, to: &parameters, along: gradients, where: isTrained)
        parameters.putBack(into: &model)
    }

    private mutating func apply(
        _ settings: AdamWSettings, to parameters: inout TakenParameters,
        along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        let trained = parameters.names.indices.filter { isTrained?(parameters.names[$0]) ?? true }
        let nothing = Tensor.zeros([0])
        var updates = trained.map { index in
            AdamWUpdate(
                name: parameters.names[index], parameter: parameters.tensors[index],
                gradient: gradients.unscaled(index), first: moments[index].first,
                second: moments[index].second,
                weightDecay: moments[index].decays ? weightDecay : 0, step: step)
        }
        // Each memory has one owner now, so it is changed where it lies.
        for index in trained {
            parameters.tensors[index] = nothing
            (moments[index].first, moments[index].second) = (nothing, nothing)
        }
        updateByAdamW(&updates, settings)
        for (index, update) in zip(trained, updates) {
            parameters.tensors[index] = update.parameter
            (moments[index].first, moments[index].second) = (update.first, update.second)
        }
    }
}
