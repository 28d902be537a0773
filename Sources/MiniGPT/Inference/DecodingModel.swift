import MiniNN

/// A model as texts are continued with it: a GPT with packed weights, any other as it is.
package enum DecodingModel: Sendable {
    /// A GPT's weights, packed for many texts at once.
    case packed(InferenceModel)
    /// Any other model.
    case plain(any LanguageModel)

    /// A model ready to generate; of a GPT the weights are packed now.
    ///
    /// - Parameter weights: the number format of a GPT's weights.
    package init(_ model: any LanguageModel, weights: NumberFormat) {
        if let gpt = model as? GPT {
            self = .packed(InferenceModel(gpt, weights: weights))
        } else {
            self = .plain(model)
        }
    }

    /// A predictor that has read nothing.
    package func predictor() -> any TokenPredictor {
        switch self {
        case .packed(let model): model.predictor()
        case .plain(let model): model.predictor()
        }
    }
}
