import MiniSupport
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
    public var betas: (Double, Double)
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

    /// How many updates a parameter has missed, because it was frozen: its averages are younger by as
    /// many steps, and so is their bias correction. Parameters that missed none are not listed.
    private var missedUpdates: [String: Int] = [:]

    /// The averages, in the model's order; empty before the first update or `prepare`.
    public private(set) var moments: [Moments] = []

    /// An optimizer that has not seen a gradient yet.
    public init(
        learningRate: LearningRateSchedule, betas: (Double, Double) = (0.9, 0.999),
        eps: Float = 1e-8, weightDecay: Float = 0.01,
        decays: @escaping @Sendable (_ name: String, _ shape: [Int]) -> Bool = { $1.count >= 2 }
    ) {
        self.learningRate = learningRate
        self.betas = betas
        self.eps = eps
        self.weightDecay = weightDecay
        self.decays = decays
        requireSoundSettings()
    }

    private func requireSoundSettings() {
        let unit = 0.0..<1.0
        precondition(
            unit.contains(betas.0) && unit.contains(betas.1),
            "AdamW needs betas from 0 to below 1, not \(betas.0) and \(betas.1).")
        precondition(
            eps >= 0 && eps.isFinite && weightDecay >= 0 && weightDecay.isFinite,
            "AdamW needs an eps and a weight decay of at least 0, not \(eps) and \(weightDecay).")
    }

    /// An optimizer with one learning rate for all steps.
    public init(
        learningRate: Float, betas: (Double, Double) = (0.9, 0.999), eps: Float = 1e-8,
        weightDecay: Float = 0.01,
        decays: @escaping @Sendable (_ name: String, _ shape: [Int]) -> Bool = { $1.count >= 2 }
    ) {
        self.init(
            learningRate: .constant(learningRate), betas: betas, eps: eps,
            weightDecay: weightDecay, decays: decays)
    }

    /// Makes the averages of this model now rather than at the first update. What stays for a whole
    /// training then lies side by side, and the memory between is one piece, which spares a few
    /// hundredths of it: gradients and activations of any size fit. The numbers do not change.
    public mutating func prepare(for model: some Module) {
        let parameters = model.parameters
        align(with: parameters.map(\.name), parameters.map(\.value.shape))
    }

    /// Brings the averages into the model's order; makes them if there are none.
    private mutating func align(with names: [String], _ shapes: [[Int]]) {
        guard !moments.elementsEqual(names, by: { $0.name == $1 }) else { return }
        let known = Dictionary(
            moments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        precondition(
            known.isEmpty || Set(known.keys) == Set(names),
            "This optimizer has followed a model of \(known.count) parameters; the one given has \(names.count) parameters, or others."
        )
        moments = zip(names, shapes).map { name, shape in
            known[name]
                ?? Moments(
                    name: name, first: .zeros(shape), second: .zeros(shape),
                    decays: decays(name, shape))
        }
    }

    /// Shows the number of updates and both averages of every parameter.
    public mutating func visitState(_ visitor: inout some OptimizerStateVisitor) {
        var first = Dictionary(uniqueKeysWithValues: moments.map { ($0.name, $0.first) })
        var second = Dictionary(uniqueKeysWithValues: moments.map { ($0.name, $0.second) })
        visitor.visit("step", &step)
        visitor.visit("missedUpdates", &missedUpdates)
        visitor.visit("first", &first)
        visitor.visit("second", &second)
        // The order is the model's again with the next update.
        var names = moments.map(\.name)
        if Set(names) != Set(first.keys) { names = first.keys.sorted() }
        moments = names.compactMap { name in
            guard let first = first[name], let second = second[name] else { return nil }
            return Moments(
                name: name, first: first, second: second, decays: decays(name, first.shape))
        }
    }

    /// What decides the updates, the parameters that shrink included.
    public func settings(for model: some Module) -> TrainingSettings {
        let decayed = model.parameters.filter { decays($0.name, $0.value.shape) }.map(\.name)
        let names = Checksum(CRC64(Array(decayed.joined(separator: "\n").utf8)))
        return TrainingSettings([
            "optimizer": Self.kind,
            "learning rate": "\(learningRate)",
            "beta1": "\(Float(betas.0))",
            "beta2": "\(Float(betas.1))",
            "epsilon of AdamW": "\(eps)",
            "weight decay": "\(weightDecay)",
            "choice of parameters with weight decay": "\(decayed.count) (checksum \(names))",
        ])
    }

    /// Makes one step against the gradients.
    ///
    /// - Precondition: the gradients are of this model.
    public mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?
    ) {
        requireSoundSettings()
        var parameters = TakenParameters(of: &model, for: gradients)
        align(with: parameters.names, parameters.tensors.map(\.shape))
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
        if trained.count < parameters.names.count {
            let frozen = Set(parameters.names.indices).subtracting(trained)
            for index in frozen { missedUpdates[parameters.names[index], default: 0] += 1 }
        }
        let nothing = Tensor.zeros([0])
        var updates = trained.map { index in
            AdamWUpdate(
                name: parameters.names[index], parameter: parameters.tensors[index],
                gradient: gradients.unscaled(index), first: moments[index].first,
                second: moments[index].second,
                weightDecay: moments[index].decays ? weightDecay : 0,
                step: step - (missedUpdates[parameters.names[index]] ?? 0))
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
