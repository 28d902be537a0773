import MiniGPT
import MiniPipeline

/// A model that a program hands to its server, with what is needed to talk to it.
///
///     let served = ServedModel("verse", model, tokenizer: tokenizer)
///     let server = ModelServer(models: [served], settings: ServerSettings(), logger: logger)
public struct ServedModel: Sendable {
    /// What requests call it.
    public var name: String
    /// The model, of any kind. Several texts of a GPT are continued with one reading of its weights;
    /// of other models each has a predictor of its own.
    public var model: any LanguageModel
    /// Turns texts into its tokens and back.
    public var tokenizer: any TextTokenizer
    /// The tokens that end a text, besides the tokenizer's own end of text.
    public var endTokens: Set<Int32>
    /// How a conversation is written for it; `nil` for the way that suits its tokenizer.
    public var chat: ChatTemplate?

    /// A model of that name.
    ///
    /// - Precondition: the model knows every token of the tokenizer.
    public init(
        _ name: String, _ model: any LanguageModel, tokenizer: any TextTokenizer,
        endTokens: Set<Int32> = [],
        chat: ChatTemplate? = nil
    ) {
        let (has, knows) = (tokenizer.vocabularySize, model.vocabularySize)
        precondition(
            has <= knows,
            "The tokenizer has \(has) tokens, but the model '\(name)' knows \(knows) only.")
        self.name = name
        self.model = model
        self.tokenizer = tokenizer
        self.endTokens = endTokens.union([tokenizer.endOfText].compactMap { $0 })
        self.chat = chat
    }
}
