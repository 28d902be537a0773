import MiniGPT
import MiniPipeline
import Synchronization

/// A model in memory, ready to be asked.
final class LoadedModel: Sendable {
    let entry: ModelEntry
    /// What texts are continued with.
    let weights: DecodingModel
    let tokenizer: any TextTokenizer
    let vocabularySize: Int
    let contextLength: Int
    /// The tokens that end a text.
    let endTokens: Set<Int32>
    /// How a conversation is written for it.
    let chat: ChatTemplate

    private let reload: @Sendable () throws -> any LanguageModel
    private let whole = Mutex<(any LanguageModel)?>(nil)
    private let trie = Mutex<TokenTrie?>(nil)
    private let insights = Mutex<EmbeddingViews?>(nil)
    private let isRetiredFlag = Atomic(false)

    /// - Parameters:
    ///   - format: the number format of a GPT's weights.
    ///   - reload: reads the model again, for looking inside of one that is packed: only then it is
    ///     in memory twice.
    init(
        _ entry: ModelEntry, _ source: ServedModel, weights format: NumberFormat,
        reload: @escaping @Sendable () throws -> any LanguageModel
    ) {
        self.entry = entry
        weights = DecodingModel(source.model, weights: format)
        self.reload = reload
        tokenizer = source.tokenizer
        vocabularySize = source.model.vocabularySize
        contextLength = source.model.contextLength
        endTokens = source.endTokens
        chat = source.chat ?? .suiting(source.tokenizer)
    }

    /// A predictor that has read nothing.
    func predictor() -> any TokenPredictor { weights.predictor() }

    /// Whether it makes room for others as soon as nobody uses it.
    var isRetired: Bool { isRetiredFlag.load(ordering: .relaxed) }
    func retire() { isRetiredFlag.store(true, ordering: .relaxed) }

    /// The vocabulary as a tree, made at its first use.
    var tokenTrie: TokenTrie {
        trie.withLock { trie in
            if let trie { return trie }
            let new = TokenTrie(tokenizer)
            trie = new
            return new
        }
    }

    // MARK: Looking inside

    /// The model as it was trained, read again if only its packed weights are in memory.
    private func model() throws -> any LanguageModel {
        if case .plain(let model) = weights { return model }
        return try whole.withLock { whole in
            if let whole { return whole }
            let model = try reload()
            whole = model
            return model
        }
    }

    /// The model, to look at its layers.
    ///
    /// - Throws: `EngineError` if it cannot show them.
    func inspectable(for what: String) throws -> any InspectableModel {
        guard let model = try model() as? any InspectableModel else { throw cannotShow(what) }
        return model
    }

    /// The model, to look at its attention.
    ///
    /// - Throws: `EngineError` if it cannot show it.
    func attentive() throws -> any AttentionInspectableModel {
        guard let model = try model() as? any AttentionInspectableModel else {
            throw cannotShow("attention")
        }
        return model
    }

    func cannotShow(_ what: String) -> EngineError { .notShown(what, model: entry.id) }

    /// What the embedding looks like from outside, made at its first use.
    ///
    /// - Throws: `EngineError` if the model cannot show it.
    func embeddingViews() throws -> EmbeddingViews {
        let model = try inspectable(for: "embedding")
        return insights.withLock { views in
            if let views { return views }
            let new = EmbeddingViews(model.tokenEmbeddings)
            views = new
            return new
        }
    }

    // MARK: Tokens

    /// Where a text without a prompt starts: the end of a text, else a line break, else token 0.
    var startToken: Int32 { tokenizer.startToken(vocabularySize: vocabularySize) }

    /// The bytes of a token; of a special one its name is not known, so none.
    func bytes(of token: Int32) -> [UInt8] { tokenizer.bytes(of: token) ?? [] }

    /// A token as text, for people: what is no character reads as U+FFFD.
    func text(of token: Int32) -> String { String(decoding: bytes(of: token), as: UTF8.self) }
}
