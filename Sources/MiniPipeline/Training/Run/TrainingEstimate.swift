import Foundation
import MiniGPT

/// What a training will take, as far as its sizes tell.
///
/// In floating point: sizes that are possible one by one can overflow an integer together.
struct TrainingEstimate {
    let parameters: Double
    /// Bytes, at least.
    let memory: Double
    /// Floating-point operations of one step.
    let operationsPerStep: Double

    init(_ configuration: GPT.Configuration, _ recipe: Recipe) {
        let (width, layers) = (Double(configuration.width), Double(configuration.layers))
        let vocabulary = Double(configuration.vocabularySize)
        parameters =
            (vocabulary + Double(configuration.contextLength)) * width
            + layers * (12 * width + 13) * width + 2 * width
        // Weights, gradients and the two averages of AdamW; and the numbers of width that each layer
        // keeps of each position for the way back.
        let positions = Double(recipe.batch) * Double(configuration.contextLength)
        let kept = recipe.recomputeBlocks ? layers + 12 : layers * 12
        memory = 4 * (4 * parameters + positions * width * kept)
        operationsPerStep =
            configuration.trainingOperationsPerToken * positions
            * Double(recipe.gradientAccumulation)
    }

    /// Refuses a model that cannot fit, which would otherwise end with the process killed.
    func checkMemory() throws(PipelineError) {
        let available = Double(ProcessInfo.processInfo.physicalMemory)
        guard memory <= available else {
            throw PipelineError(
                String(
                    format: "Training this model needs at least %.1f GB of memory, but the machine "
                        + "has %.1f GB; choose a smaller --width, --layers, --batch or --context.",
                    memory / 1e9, available / 1e9))
        }
    }
}
