import Foundation
import MiniGPT

extension Recipe {
    /// The memory of this training.
    ///
    /// - Throws: `PipelineError` if a number does not fit in 64 bits.
    func memory(of configuration: GPT.Configuration) throws(PipelineError) -> TrainingMemory {
        try TrainingMemory(
            configuration, parameters: ParameterCounts(configuration).total, batch: batch,
            recomputesBlocks: recomputeBlocks)
    }

    /// Refuses a model that cannot fit, which would otherwise end with the process killed.
    ///
    /// - Throws: `PipelineError` with what is needed and what is there.
    func checkMemory(of configuration: GPT.Configuration) throws(PipelineError) {
        let available = ProcessInfo.processInfo.physicalMemory
        // Sizes that are possible one by one can be too large for any integer together.
        let least = (try? memory(of: configuration))?.least ?? .max
        guard UInt64(least) > available else { return }
        throw PipelineError(
            String(
                format: "Training this model needs at least %.1f GB of memory, but the machine "
                    + "has %.1f GB", Double(least) / 1e9, Double(available) / 1e9),
            .change("a smaller", [.width, .layers, .batch, .context]))
    }
}
