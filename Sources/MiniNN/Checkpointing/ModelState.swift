import Foundation
import MiniTensor

/// A model as plain values, as a checkpoint keeps it: what it is made from, and its parameters.
public struct ModelState: Sendable {
    /// The kind of model: `GPT`, or what a model of your own calls itself.
    public var kind: String
    /// What the model is made from, as JSON.
    public var configuration: [UInt8]
    /// The size and kind of the model, by names and values.
    public var settings: TrainingSettings
    /// The parameters by their full names.
    public var parameters: [(name: String, value: Tensor)]

    /// A state of the given parts.
    public init(
        kind: String, configuration: [UInt8], settings: TrainingSettings,
        parameters: [(name: String, value: Tensor)]
    ) {
        self.kind = kind
        self.configuration = configuration
        self.settings = settings
        self.parameters = parameters
    }

    /// The state of a model. Tensors are shared, not copied.
    public init<Model: LanguageModel>(_ model: Model) {
        self.init(
            kind: Model.kind, configuration: model.configurationJSON, settings: model.settings,
            parameters: model.parameters)
    }

    /// Replaces the parameters of a model by these.
    ///
    /// - Throws: `CheckpointError.otherModel` that names every parameter that is missing, left over or
    ///   of another shape; the model is unchanged then.
    public func restore(_ model: inout some Module) throws(CheckpointError) {
        var saved = Dictionary(
            parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        var differences: [SettingChange] = []
        var values: [String: Tensor] = [:]
        for (name, parameter) in model.parameters {
            let value = saved.removeValue(forKey: name)
            if value?.shape == parameter.shape {
                values[name] = value
            } else {
                differences.append(
                    SettingChange(
                        name: "shape of \(name)", before: value.map { "\($0.shape)" },
                        now: "\(parameter.shape)"))
            }
        }
        differences += saved.sorted { $0.key < $1.key }.map {
            SettingChange(name: "shape of \($0.key)", before: "\($0.value.shape)", now: nil)
        }
        guard differences.isEmpty else { throw .otherModel(differences) }
        model.mapParameters { name, value in values[name] ?? value }
    }

    /// The model, made again from its configuration and given these parameters.
    ///
    /// - Throws: `CheckpointError` if it is of another kind, its configuration cannot be used, or
    ///   the parameters are not those of such a model.
    public func model<Model: LanguageModel & ConfigurableModel>(
        as type: Model.Type = Model.self
    ) throws(CheckpointError) -> Model {
        guard kind == Model.kind else {
            throw .otherModel([
                SettingChange(name: "kind of model", before: kind, now: Model.kind)
            ])
        }
        let decoded: Model.Configuration
        do {
            decoded = try JSONDecoder().decode(Model.Configuration.self, from: Data(configuration))
            try Model.validate(decoded)
        } catch {
            throw .damaged(
                path: "The configuration of the \(kind)", problem: "it cannot be used: \(error)")
        }
        var generator = SplitMix64(seed: 0)
        var model = Model(decoded, using: &generator)
        try restore(&model)
        return model
    }
}
