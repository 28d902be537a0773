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
    private var names: [String] = []
    /// In the order of `names`, which is the model's.
    private var velocities: [Tensor] = []

    /// An optimizer at rest.
    public init(learningRate: LearningRateSchedule, momentum: Float = 0, weightDecay: Float = 0) {
        self.learningRate = learningRate
        precondition(
            momentum >= 0 && momentum.isFinite && weightDecay >= 0 && weightDecay.isFinite,
            "SGD needs a momentum and a weight decay of at least 0, not \(momentum) and \(weightDecay)."
        )
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// Brings the velocities into the model's order; makes them if there are none.
    private mutating func align(with parameters: TakenParameters) {
        guard names != parameters.names else { return }
        precondition(
            names.isEmpty || Set(names) == Set(parameters.names),
            "This optimizer has followed a model of \(names.count) parameters; the one given has \(parameters.names.count) parameters, or others."
        )
        let known = Dictionary(zip(names, velocities), uniquingKeysWith: { first, _ in first })
        velocities = zip(parameters.names, parameters.tensors).map { known[$0] ?? .zeros($1.shape) }
        names = parameters.names
    }

    /// Shows the number of updates and the velocity of every parameter.
    public mutating func visitState(_ visitor: inout some OptimizerStateVisitor) {
        var velocity = Dictionary(zip(names, velocities), uniquingKeysWith: { first, _ in first })
        visitor.visit("step", &step)
        visitor.visit("velocity", &velocity)
        if Set(names) != Set(velocity.keys) { names = velocity.keys.sorted() }
        velocities = names.compactMap { velocity[$0] }
    }

    /// What decides the updates.
    public func settings(for model: some Module) -> TrainingSettings {
        TrainingSettings([
            "optimizer": Self.kind,
            "learning rate": "\(learningRate)",
            "momentum": "\(momentum)",
            "weight decay": "\(weightDecay)",
        ])
    }

    /// Makes one step against the gradients.
    ///
    /// - Precondition: the gradients are of this model.
    public mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        var parameters = TakenParameters(of: &model, for: gradients)
        align(with: parameters)
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
