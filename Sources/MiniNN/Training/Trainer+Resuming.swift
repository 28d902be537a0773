import MiniTensor

extension Trainer {
    /// Takes up a training where a checkpoint left it.
    ///
    /// The model and the optimizer get the checkpoint's state, and `run` goes on from there: its
    /// losses and the weights it ends with are bit by bit those of a training that was never stopped,
    /// on the same machine.
    ///
    /// - Parameters:
    ///   - model: one of the same kind and sizes; its parameters are replaced.
    ///   - optimizer: one of the same kind with the same settings; its state is replaced.
    ///   - allowingChanges: go on even if settings are others, from this trainer's settings on.
    /// - Throws: `CheckpointError.changed` if a setting that the result depends on is another one;
    ///   `.otherModel` if the parameters of the model are of other shapes or mean something else,
    ///   which nobody can allow. Nothing is changed then.
    /// - Returns: the settings that are others now.
    @discardableResult
    public mutating func resume<Model: LanguageModel, Updater: Optimizer>(
        _ model: inout Model, _ optimizer: inout Updater, from checkpoint: Checkpoint,
        allowingChanges: Bool = false
    ) throws(CheckpointError) -> [SettingChange] {
        let otherModel = checkpoint.model.settings.changes(to: model.settings)
        guard otherModel.isEmpty else { throw .otherModel(otherModel) }
        let changes = checkpoint.settings.changes(to: settings(model, optimizer))
        guard changes.isEmpty || allowingChanges else { throw .changed(changes) }

        var (restoredModel, restoredOptimizer) = (model, optimizer)
        try checkpoint.model.restore(&restoredModel)
        try checkpoint.optimizer.restore(&restoredOptimizer, of: restoredModel)
        (model, optimizer) = (restoredModel, restoredOptimizer)
        history = checkpoint.progress
        // Losses on another text, or another part of it, cannot be compared.
        if changes.contains(where: { $0.name.contains("validation") }) {
            history?.validationLoss = nil
            history?.bestValidationLoss = nil
            history?.bestStep = nil
        }
        return changes
    }
}

extension Trainer {
    /// Everything that decides what this trainer makes of a model and an optimizer.
    func settings(_ model: some LanguageModel, _ optimizer: some Optimizer) -> TrainingSettings {
        var values = [
            "seed": "\(options.seed)",
            "batch size": "\(options.batchSize)",
            "number of batches for a step": "\(options.gradientAccumulation)",
            "limit of the gradient norm": options.clipNorm.map { "\($0)" } ?? "none",
            "length of an example": "\(training.contextLength)",
            "training text": training.identity,
        ]
        if let validation {
            values["validation text"] = validation.identity
            values["length of a validation example"] = "\(validation.contextLength)"
            values["number of validation batches"] =
                options.validationBatches.map { "\($0)" } ?? "all"
        }
        return TrainingSettings(values).merging(model.trainingSettings).merging(model.settings)
            .merging(optimizer.settings(for: model))
    }
}
