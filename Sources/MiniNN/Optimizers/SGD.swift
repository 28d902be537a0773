import CMiniKernels
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
        let parameters = OpenParameters(&model, for: gradients).all
        let rate = learningRate(step)
        let isFirst = velocities.isEmpty
        if isFirst { velocities = parameters.map { .zeros($0.shape) } }
        step += 1
        for parameter in parameters where isTrained?(parameter.name) ?? true {
            let gradient = gradients.unscaled(parameter.index).contiguous()
            velocities[parameter.index].makeUniqueAndContiguous()
            let velocity = velocities[parameter.index].pointer
            forEachChunk(of: parameter.count) { range in
                let (start, count) = (range.lowerBound, range.count)
                kernels.scale_add(
                    gradients.scale, gradient.pointer + start, momentum, velocity + start, count)
                if weightDecay != 0 {
                    kernels.scale_add(
                        weightDecay, parameter.pointer + start, 1, velocity + start, count)
                }
                kernels.scale_add(-rate, velocity + start, 1, parameter.pointer + start, count)
            }
        }
    }
}
