import MiniGPT
import Registration
import Workloads

/// The update of all parameters of the course model: in one pass over memory, and of single
/// operations.
func optimizerKernels() {
    let parameters = 4 * Double(GPT.Configuration.course.parameterCount)
    // p, g, m and v are read, p, m and v written.
    let update = Work(bytes: 7 * parameters)
    register("adamw-fused", update) {
        let state = CourseUpdate()
        return { state.fused() }
    }
    register("adamw-unfused", update) {
        let state = CourseUpdate()
        return { state.unfused() }
    }
    register("gradient-norm", Work(bytes: parameters)) {
        let state = CourseUpdate()
        return { state.clip() }
    }
}

/// The course model with gradients and the averages of AdamW.
private final class CourseUpdate {
    private var model: GPT
    private let gradients: Gradients
    private var optimizer = AdamW(learningRate: 1e-4, betas: (0.9, 0.99), weightDecay: 0.1)
    private var moments: [(first: Tensor, second: Tensor)]

    init() {
        var generator = SplitMix64(seed: 12)
        model = GPT(.course, using: &generator)
        var values: [Tensor] = []
        for parameter in model.parameters {
            values.append(
                Tensor.normal(parameter.value.shape, standardDeviation: 0.01, using: &generator))
        }
        gradients = Gradients(names: model.parameters.map(\.name), values: values)
        moments = values.map { (Tensor.zeros(like: $0), Tensor.zeros(like: $0)) }
    }

    func fused() { optimizer.update(&model, along: gradients) }

    /// The formulas of AdamW as they are written, without bias correction.
    func unfused() {
        var index = 0
        model.mapParameters { _, parameter in
            let gradient = gradients[index]
            let first = moments[index].first * 0.9 + gradient * 0.1
            let second = moments[index].second * 0.99 + square(gradient) * 0.01
            moments[index] = (first, second)
            index += 1
            return parameter * (1 - 1e-5) - first / (sqrt(second) + 1e-8) * 1e-4
        }
    }

    func clip() { _ = gradients.clipped(toNorm: 1) }
}
