import MiniGPT
import MiniPipeline

/// A model that can be chosen: what is known of it before it is loaded.
struct ModelEntry: Sendable, Equatable {
    /// What requests call it.
    let id: String
    /// Where it is. It never leaves this program.
    let path: String
    /// What is known of it; `nil` if its files cannot be read.
    let outline: Outline?
    /// Why it cannot be used.
    let problem: String?

    /// A model's kind and sizes.
    struct Outline: Sendable, Equatable {
        var name: String
        var kind: String
        var parameters: Int
        var vocabularySize: Int?
        var contextLength: Int?
        /// Layers, heads and width of a transformer; `nil` of other models.
        var transformer: Transformer?
        var isChat: Bool
        /// Steps of training behind it.
        var step: Int?
        /// The run it is from.
        var run: String?
    }

    /// The sizes of a transformer.
    struct Transformer: Sendable, Equatable {
        var layers: Int
        var heads: Int
        var width: Int
    }
}

extension ModelEntry {
    /// A model that a program handed over.
    init(_ model: ServedModel) {
        self.init(
            id: model.name, path: model.name,
            outline: Outline(
                name: model.name, kind: "memory",
                parameters: model.model.parameterCount,
                vocabularySize: model.model.vocabularySize,
                contextLength: model.model.contextLength,
                transformer: Transformer(model.model),
                isChat: model.chat != nil),
            problem: nil)
    }
}

extension ModelEntry.Outline {
    init(_ about: ModelDescription) {
        self.init(
            name: about.name, kind: about.format.rawValue, parameters: about.parameters,
            vocabularySize: about.vocabularySize, contextLength: about.contextLength,
            transformer: .init(about),
            isChat: about.isChat, step: about.step, run: about.run)
    }
}

extension ModelEntry.Transformer {
    /// The sizes of a GPT.
    fileprivate init?(_ about: ModelDescription) {
        guard let layers = about.layers, let heads = about.heads, let width = about.width else {
            return nil
        }
        self.init(layers: layers, heads: heads, width: width)
    }

    /// The sizes of a model that shows its layers and their attention.
    fileprivate init?(_ model: any LanguageModel) {
        guard let inspectable = model as? any InspectableModel,
            let heads = (model as? any AttentionInspectableModel)?.attentionHeads,
            let first = heads.first
        else { return nil }
        self.init(layers: heads.count, heads: first, width: inspectable.tokenEmbeddings.dim(1))
    }
}
