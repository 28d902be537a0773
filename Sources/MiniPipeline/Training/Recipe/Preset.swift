import MiniGPT

/// A recipe with a name.
public enum Preset: String, Sendable, Codable, CaseIterable {
    /// nanoGPT's character model for a CPU: minutes.
    case shakespeareCharacters = "shakespeare-char"
    /// The model of the course, for a vocabulary of 5,000.
    case course
    /// GPT-2 small. Days or weeks on a CPU.
    case gpt2
    /// For tests and tries: seconds.
    case tiny

    /// The sizes and the settings that the preset stands for.
    public var recipe: Recipe {
        var recipe = Recipe()
        switch self {
        case .shakespeareCharacters:
            break
        case .course:
            (recipe.layers, recipe.heads, recipe.width, recipe.context) = (6, 8, 256, 128)
            (recipe.batch, recipe.iterations, recipe.dropout) = (32, 2_000, 0.1)
        case .gpt2:
            (recipe.layers, recipe.heads, recipe.width, recipe.context) = (12, 12, 768, 1_024)
            (recipe.batch, recipe.gradientAccumulation, recipe.iterations) = (4, 8, 20_000)
            (recipe.learningRate, recipe.minimumLearningRate) = (6e-4, 6e-5)
            (recipe.warmup, recipe.beta2, recipe.recomputeBlocks) = (700, 0.95, true)
            (recipe.validationBatches, recipe.saveEvery, recipe.saveSeconds) = (20, 0, 600)
        case .tiny:
            (recipe.layers, recipe.heads, recipe.width, recipe.context) = (2, 2, 32, 16)
            (recipe.batch, recipe.iterations, recipe.warmup) = (4, 100, 10)
            (recipe.learningRate, recipe.minimumLearningRate) = (1e-2, 1e-3)
            (recipe.validationInterval, recipe.sampleEvery, recipe.sampleTokens) = (50, 50, 60)
            recipe.saveEvery = 50
        }
        return recipe
    }

    /// The vocabulary it is meant for, where no tokenizer is at hand to ask.
    public var vocabularySize: Int {
        switch self {
        case .shakespeareCharacters: 65
        case .course: 5_000
        case .gpt2: 50_257
        case .tiny: 300
        }
    }

    /// The preset of a name.
    ///
    /// - Throws: `PipelineError` with the names there are.
    public init(named name: String) throws(PipelineError) {
        guard let preset = Self(rawValue: name) else {
            let names = Self.allCases.map(\.rawValue)
            let guess =
                EditDistance.closest(to: name, among: names)
                .map { "did you mean '\($0)'? " } ?? ""
            throw PipelineError(
                "There is no preset '\(name)'; \(guess)There are \(names.joined(separator: ", ")).")
        }
        self = preset
    }
}
