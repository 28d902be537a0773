/// How a trained model replaces characters before it encodes.
///
/// The rules of the reference (`nmt_nfkc`, its default, and others) are tables inside its models:
/// they are taken from a model that has them.
///
///     let rule = try SentencePieceTokenizer.open("t5.model").normalization
public struct NormalizationRule: Hashable, Sendable {
    /// The name that the model gives it.
    public let name: String
    let characterMap: [UInt8]

    /// No replacement: the reference's `identity`.
    public static let identity = NormalizationRule(name: "identity", characterMap: [])
}

extension SentencePieceTokenizer {
    /// The model's rule, for training another one with it.
    public var normalization: NormalizationRule {
        NormalizationRule(
            name: model.settings.normalization.name,
            characterMap: model.settings.normalization.characterMap)
    }
}
