import MiniGPT

/// Follows the sign of an average of the gradients (Chen et al. 2023).
struct Lion: Optimizer {
    let learningRate: LearningRateSchedule
    private(set) var step = 0
    private var averages: [String: Tensor] = [:]

    init(learningRate: LearningRateSchedule) { self.learningRate = learningRate }

    mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        let rate = learningRate(step)
        var next = averages
        model.mapParameters { name, value in
            guard isTrained?(name) ?? true, let gradient = gradients[name] else { return value }
            let average = next[name] ?? .zeros(value.shape)
            let direction = 0.9 * average + 0.1 * gradient
            next[name] = 0.99 * average + 0.01 * gradient
            return value - rate * ((direction .> 0) - (direction .< 0))
        }
        averages = next
        step += 1
    }

    mutating func visitState(_ visitor: inout some OptimizerStateVisitor) {
        visitor.visit("step", &step)
        visitor.visit("averages", &averages)
    }
}
