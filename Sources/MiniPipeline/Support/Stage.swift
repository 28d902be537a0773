/// A step on the way from a text to a model that answers. Each leaves files that the next one reads.
public enum Stage: String, Sendable, Codable, CaseIterable {
    /// Texts are fetched: `data/raw`.
    case collect
    /// What is not worth learning from is dropped: `data/processed`.
    case clean
    /// A tokenizer learns its vocabulary: `models/tokenizer.json`.
    case tokenizer
    /// The texts become tokens, some of them kept for validation: `data/processed/*.tokens`.
    case prepare
    /// A model learns from them: `runs/NAME`.
    case train
    /// The model learns to answer: `runs/NAME`. Not everybody wants that.
    case fineTune = "fine-tune"

    /// The stage as a thing that has been done: "tokenizer trained".
    public var title: String {
        switch self {
        case .collect: "collected"
        case .clean: "cleaned"
        case .tokenizer: "tokenizer trained"
        case .prepare: "tokenised"
        case .train: "trained"
        case .fineTune: "fine-tuned"
        }
    }

    /// The stage whose files it reads.
    public var previous: Stage? {
        switch self {
        case .collect: nil
        case .clean: .collect
        case .tokenizer: .clean
        case .prepare: .tokenizer
        case .train: .prepare
        case .fineTune: .train
        }
    }
}
