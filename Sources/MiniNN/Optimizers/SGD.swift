import MiniTensor

/// Plain gradient descent, with momentum if wanted.
///
/// As PyTorch defines it: velocity = momentum · velocity + g + weightDecay · p (at the first step
/// velocity = g + …), then p = p − η · velocity.
public struct SGD: Optimizer {
    /// η for each step.
    public var learningRate: LearningRateSchedule
    /// How much of the last velocity is kept.
    public var momentum: Float
    /// Pulls weights toward 0.
    public var weightDecay: Float
    /// How many updates were made.
    public private(set) var step = 0
    private var velocities: [Tensor] = []

    /// An optimizer at rest.
    public init(learningRate: LearningRateSchedule, momentum: Float = 0, weightDecay: Float = 0) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// Makes one step against the gradients.
    ///
    /// - Precondition: the gradients are of this model.
    public mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        var parameters = TakenParameters(of: &model, for: gradients)
        if velocities.isEmpty { velocities = parameters.tensors.map { .zeros($0.shape) } }
        precondition(
            velocities.count == parameters.tensors.count,
            "This optimizer has followed a model of \(velocities.count) parameters; the one given has \(parameters.tensors.count)."
        )
        let rate = learningRate(step)
        step += 1
        let trained = parameters.names.indices.filter { isTrained?(parameters.names[$0]) ?? true }
        let nothing = Tensor.zeros([0])
        var updates = trained.map { index in
            MomentumUpdate(
                name: parameters.names[index], parameter: parameters.tensors[index],
                gradient: gradients.unscaled(index), velocity: velocities[index])
        }
        // Each memory has one owner now, so it is changed where it lies.
        for index in trained { (parameters.tensors[index], velocities[index]) = (nothing, nothing) }
        updateByMomentum(
            &updates, learningRate: rate, momentum: momentum, weightDecay: weightDecay,
            gradientScale: gradients.scale)
        for (index, update) in zip(trained, updates) {
            (parameters.tensors[index], velocities[index]) = (update.parameter, update.velocity)
        }
        parameters.putBack(into: &model)
    }
}
