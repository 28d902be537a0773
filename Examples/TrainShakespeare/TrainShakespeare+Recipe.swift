import MiniPipeline

extension TrainShakespeare {
    /// The flags as the library wants them.
    var recipe: Recipe {
        var recipe = Recipe()
        (recipe.layers, recipe.heads, recipe.width) = (layers, heads, width)
        (recipe.context, recipe.dropout) = (context, dropout)
        (recipe.iterations, recipe.batch) = (iterations, batch)
        (recipe.learningRate, recipe.minimumLearningRate) = (learningRate, minimumLearningRate)
        (recipe.warmup, recipe.weightDecay, recipe.clip) = (warmup, weightDecay, clip)
        (recipe.beta1, recipe.beta2) = (beta1, beta2)
        recipe.validationInterval = validationInterval
        (recipe.prompt, recipe.temperature) = (prompt, temperature)
        // It speaks once, at the end, on its own.
        recipe.sampleEvery = 0
        (recipe.saveEvery, recipe.saveSeconds, recipe.keep) = (saveEvery, saveSeconds, keep)
        recipe.seed = seed
        return recipe
    }

    /// Checks the flags.
    ///
    /// - Throws: `PipelineError` with the setting or the flag, its value and what it must be.
    func checkNumbers() throws(PipelineError) {
        try recipe.check()
        guard sample >= 0 else {
            throw PipelineError("--sample is \(sample), but must be 0 or above.")
        }
        if let threads, threads < 1 {
            throw PipelineError("--threads is \(threads), but must be at least 1.")
        }
    }
}

/// An error of the pipeline in the words of this program: settings are flags here.
struct FlagError: Error, CustomStringConvertible {
    let description: String

    init(_ error: PipelineError) {
        func flag(_ setting: Setting) -> String { "--\(setting.rawValue)" }
        description = error.sentence(naming: flag) { remedy in
            switch remedy {
            case .permit(.resumption): "go on from them with --resume"
            case .permit(.changes): "go on all the same with --allow-changes"
            default: remedy.text(naming: flag)
            }
        }
    }
}
