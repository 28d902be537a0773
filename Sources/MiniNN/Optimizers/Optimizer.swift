import MiniTensor

/// Changes a model along its gradients. A value: a copy of it is a copy of its whole state.
///
/// An optimizer of your own is a struct with `step`, `learningRate`, `update` and `visitState`; the
/// trainer takes it, and checkpoints keep what it shows.
public protocol Optimizer: Sendable {
    /// Names this kind of optimizer in checkpoints; the type's name unless given.
    static var kind: String { get }

    /// How many updates it has made.
    var step: Int { get }

    /// The learning rate of each step.
    var learningRate: LearningRateSchedule { get }

    /// Makes one step against the gradients.
    ///
    /// - Parameter isTrained: names the parameters to change; all of them unless given. Others stay
    ///   as they are, frozen.
    mutating func update<Model: Module>(
        _ model: inout Model, along gradients: Gradients, where isTrained: ((String) -> Bool)?)

    /// Shows everything that the next update depends on and that is not a setting: `step` and, say,
    /// averages of gradients. Checkpoints save and restore what is shown.
    mutating func visitState(_ visitor: inout some OptimizerStateVisitor)

    /// The settings that decide the updates, by names and values: a training goes on from a
    /// checkpoint without being asked only if they are the same.
    func settings(for model: some Module) -> TrainingSettings

    /// Makes the state for a model before the first update. The default does nothing.
    mutating func prepare(for model: some Module)
}

extension Optimizer {
    /// The type's name.
    public static var kind: String { "\(Self.self)" }

    /// Makes one step against the gradients for all parameters.
    public mutating func update<Model: Module>(_ model: inout Model, along gradients: Gradients) {
        update(&model, along: gradients, where: nil)
    }

    /// The kind of optimizer and its learning rates.
    public func settings(for model: some Module) -> TrainingSettings {
        TrainingSettings(["optimizer": Self.kind, "learning rate": "\(learningRate)"])
    }

    /// Does nothing.
    public mutating func prepare(for model: some Module) {}
}
