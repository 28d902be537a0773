import MiniNN
import MiniTensor

extension Trainer {
    /// Takes up a training where a checkpoint left it.
    ///
    /// The model and the optimizer get the checkpoint's state, and `run` goes on from there: its
    /// losses and the weights it ends with are bit by bit those of a training that was never stopped,
    /// on the same machine.
    ///
    /// - Parameters:
    ///   - model: one of the same configuration; its parameters are replaced.
    ///   - optimizer: one with the same settings; its averages and its step are replaced.
    ///   - allowingChanges: go on even if settings are others, from this trainer's settings on.
    /// - Throws: `CheckpointError.changed` if a setting that the result depends on is another one;
    ///   `.otherModel` if the parameters of the model are of other shapes or mean something else,
    ///   which nobody can allow. Nothing is changed then.
    /// - Returns: the settings that are others now.
    @discardableResult
    public mutating func resume(
        _ model: inout GPT, _ optimizer: inout AdamW, from checkpoint: Checkpoint,
        allowingChanges: Bool = false
    ) throws(CheckpointError) -> [SettingChange] {
        let size = checkpoint.model.configuration.settings
            .changes(to: model.configuration.settings)
        guard size.isEmpty else { throw .otherModel(size) }
        let changes = checkpoint.settings.changes(to: settings(model, optimizer))
        guard changes.isEmpty || allowingChanges else { throw .changed(changes) }

        let values = checkpoint.model.parameters
        var place = 0
        model.mapParameters { _, _ in
            defer { place += 1 }
            return values[place].value
        }
        optimizer.restore(step: checkpoint.progress.step, moments: checkpoint.optimizer.moments)
        history = checkpoint.progress
        // Losses on another text, or another part of it, cannot be compared.
        if changes.contains(where: { $0.name.contains("validation") }) {
            history?.validationLoss = nil
            history?.bestValidationLoss = nil
            history?.bestStep = nil
        }
        return changes
    }

    /// The generator from which a step, counted from 0, draws its examples and its dropout.
    static func generator(seed: UInt64, step: Int) -> SplitMix64 {
        SplitMix64(seed: seed).split(UInt64(step))
    }
}
