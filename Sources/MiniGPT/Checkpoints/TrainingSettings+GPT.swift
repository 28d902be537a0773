import MiniNN

extension GPT {
    /// The size and kind of the model.
    public var settings: TrainingSettings { configuration.settings }

    /// Dropout, which may differ when a training goes on.
    public var trainingSettings: TrainingSettings {
        TrainingSettings(["dropout": "\(configuration.dropout)"])
    }
}

extension GPT.Configuration {
    /// The size and kind of the model.
    var settings: TrainingSettings {
        TrainingSettings([
            "vocabulary size": "\(vocabularySize)",
            "context length": "\(contextLength)",
            "number of layers": "\(layers)",
            "number of heads": "\(heads)",
            "width": "\(width)",
            "tied head": "\(tiesEmbeddings)",
            "use of biases": "\(usesBias)",
            "activation": activation.name,
            "epsilon of the norms": "\(layerNormEps)",
        ])
    }
}
