import CMiniKernels

/// One parameter's part in a step of gradient descent with momentum: changed in place where nobody else has
/// the memory.
package struct MomentumUpdate: Sendable {
    /// The parameter's name, for errors.
    package let name: String
    /// p.
    package var parameter: Tensor
    /// g, before it is multiplied by the step's `gradientScale`.
    package let gradient: Tensor
    /// u, the velocity.
    package var velocity: Tensor

    /// What a step changes and what it reads.
    package init(name: String, parameter: Tensor, gradient: Tensor, velocity: Tensor) {
        self.name = name
        self.parameter = parameter
        self.gradient = gradient
        self.velocity = velocity
    }
}

/// Makes one step of gradient descent for all parameters, in one pass over memory: u = momentum·u +
/// gradientScale·g + weightDecay·p, then p = p − learningRate·u.
///
/// - Precondition: a parameter, its gradient and its velocity have one shape.
package func updateByMomentum(
    _ updates: inout [MomentumUpdate], learningRate: Float, momentum: Float, weightDecay: Float,
    gradientScale: Float
) {
    for index in updates.indices {
        let update = updates[index]
        requireShape(of: update.parameter, name: update.name, "gradient", update.gradient)
        requireShape(of: update.parameter, name: update.name, "velocity", update.velocity)
        _ = consume update
        updates[index].parameter.makeUniqueAndContiguous()
        updates[index].velocity.makeUniqueAndContiguous()
    }
    let gradients = updates.map { $0.gradient.contiguous() }
    let places = updates.map { ($0.parameter.pointer, $0.velocity.pointer) }
    withExtendedLifetime((updates, gradients)) {
        TensorPieces(counts: gradients.map(\.count)).forEach(grain: 2) { _, index, range in
            let (start, count) = (range.lowerBound, range.count)
            let (parameter, velocity) = (places[index].0 + start, places[index].1 + start)
            kernels.scale_add(
                gradientScale, gradients[index].pointer + start, momentum, velocity, count)
            if weightDecay != 0 { kernels.scale_add(weightDecay, parameter, 1, velocity, count) }
            kernels.scale_add(-learningRate, velocity, 1, parameter, count)
        }
    }
}
