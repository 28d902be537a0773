import ArgumentParser
import Foundation
import MiniPipeline

/// The settings of a training as flags. What is not given is the file's, or the preset's.
struct RecipeOptions: ParsableArguments {
    // `.unconditional`, so that a negative number is a value and is refused by name.
    @Option(parsing: .unconditional, help: "How many steps to train.") var iterations: Int?
    @Option(parsing: .unconditional, help: "Examples in a batch.") var batch: Int?
    @Option(parsing: .unconditional, help: "Batches whose gradients are averaged for one step.")
    var gradientAccumulation: Int?
    @Option(parsing: .unconditional, help: "Tokens the model can look back on.") var context: Int?
    @Option(parsing: .unconditional, help: "Transformer blocks.") var layers: Int?
    @Option(parsing: .unconditional, help: "Attention heads; they share the width evenly.")
    var heads: Int?
    @Option(parsing: .unconditional, help: "The length of the vector of one position.")
    var width: Int?
    @Option(parsing: .unconditional, help: "The share dropped while training, 0 to below 1.")
    var dropout: Float?
    @Flag(
        inversion: .prefixedNo,
        help: "Keep only the inputs of the blocks: less memory, slower steps.")
    var recomputeBlocks: Bool?

    @Option(parsing: .unconditional, help: "The learning rate after the warm-up.")
    var learningRate: Float?
    @Option(parsing: .unconditional, help: "The learning rate at the end.")
    var minimumLearningRate: Float?
    @Option(parsing: .unconditional, help: "Steps over which the learning rate rises.")
    var warmup: Int?
    @Option(parsing: .unconditional, help: "How fast weights shrink (AdamW's λ).")
    var weightDecay: Float?
    @Option(parsing: .unconditional, help: "AdamW's β₁.") var beta1: Float?
    @Option(parsing: .unconditional, help: "AdamW's β₂.") var beta2: Float?
    @Option(
        parsing: .unconditional, help: "Gradients longer than this are shortened; 0 for never.")
    var clip: Float?

    @Option(parsing: .unconditional, help: "Test after so many steps, and at the end; 0: never.")
    var validationInterval: Int?
    @Option(parsing: .unconditional, help: "Batches of a test; 0 for the whole text.")
    var validationBatches: Int?
    @Option(parsing: .unconditional, help: "Let it speak after so many steps; 0 for never.")
    var sampleEvery: Int?
    @Option(parsing: .unconditional, help: "How many tokens it may say.") var sampleTokens: Int?
    @Option(parsing: .unconditional, help: "What it continues.") var prompt: String?
    @Option(parsing: .unconditional, help: "Below 1 makes likely tokens likelier.")
    var temperature: Float?
    @Option(parsing: .unconditional, help: "Save after so many steps; 0 for never.")
    var saveEvery: Int?
    @Option(parsing: .unconditional, help: "Save after so many seconds; 0 for never.")
    var saveSeconds: Double?
    @Option(parsing: .unconditional, help: "Checkpoints to keep, besides the best.") var keep: Int?
    @Option(
        parsing: .unconditional, help: "Decides the first weights, the batches and the samples.")
    var seed: UInt64?

    /// Puts what was given over a recipe.
    func apply(to recipe: inout Recipe) {
        func put<Value>(_ value: Value?, _ path: WritableKeyPath<Recipe, Value>) {
            if let value { recipe[keyPath: path] = value }
        }
        put(iterations, \.iterations)
        put(batch, \.batch)
        put(gradientAccumulation, \.gradientAccumulation)
        put(context, \.context)
        put(layers, \.layers)
        put(heads, \.heads)
        put(width, \.width)
        put(dropout, \.dropout)
        put(recomputeBlocks, \.recomputeBlocks)
        put(learningRate, \.learningRate)
        put(minimumLearningRate, \.minimumLearningRate)
        put(warmup, \.warmup)
        put(weightDecay, \.weightDecay)
        put(beta1, \.beta1)
        put(beta2, \.beta2)
        put(clip, \.clip)
        put(validationInterval, \.validationInterval)
        put(validationBatches, \.validationBatches)
        put(sampleEvery, \.sampleEvery)
        put(sampleTokens, \.sampleTokens)
        put(prompt, \.prompt)
        put(temperature, \.temperature)
        put(saveEvery, \.saveEvery)
        put(saveSeconds, \.saveSeconds)
        put(keep, \.keep)
        put(seed, \.seed)
    }
}
