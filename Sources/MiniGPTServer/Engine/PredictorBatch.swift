import MiniGPT

/// The predictors of texts that one model continues together.
protocol PredictorBatch {
    associatedtype Predictor: TokenPredictor

    /// One for each text.
    var sequences: [Predictor] { get set }
    /// Reads more tokens of each; there is one list for each predictor, and it may be empty.
    mutating func read(_ more: [[Int32]])
}

/// GPT's: the weights are read once for a token of each text.
extension BatchPredictor: PredictorBatch {}

/// Any model's: one predictor after another.
struct SteppedBatch<Predictor: TokenPredictor>: PredictorBatch {
    var sequences: [Predictor] = []

    mutating func read(_ more: [[Int32]]) {
        for (index, tokens) in more.enumerated() where !tokens.isEmpty {
            sequences[index].read(tokens)
        }
    }
}

extension LoadedModel {
    /// A group for its texts that has none yet.
    func textGroup() -> any TextGroup {
        let packed: InferenceModel
        switch weights {
        case .packed(let model): packed = model
        case .plain(let model): return steppedGroup(of: model)
        }
        let c = packed.configuration
        let bytes = 8 * c.layers * c.width * c.contextLength
        let keptLimit = max(1, min(8, Self.keptBytes / max(1, bytes)))
        return DecodingGroup(self, BatchPredictor(), keeping: keptLimit) { packed.predictor() }
    }

    private func steppedGroup<Model: LanguageModel>(of model: Model) -> any TextGroup {
        // What a predictor holds is its model's business: few are kept.
        DecodingGroup(self, SteppedBatch<Model.Predictor>(), keeping: 2) { model.predictor() }
    }

    /// Bytes of keys and values that are kept of texts that have ended.
    private static let keptBytes = 256 << 20
}
