import MiniGPT
import MiniPipeline
import Synchronization

/// A model in memory, ready to be asked.
final class LoadedModel: Sendable {
    let entry: ModelEntry
    let packed: InferenceModel
    let tokenizer: any TextTokenizer
    /// The tokens that end a text.
    let endTokens: Set<Int32>
    /// How a conversation is written for it.
    let chat: ChatTemplate

    /// The model itself, for looking inside.
    let model: GPT
    private let trie = Mutex<TokenTrie?>(nil)
    private let insights = Mutex<EmbeddingViews?>(nil)
    private let isRetiredFlag = Atomic(false)

    init(_ entry: ModelEntry, _ source: ServedModel, weights: WeightFormat) {
        self.entry = entry
        model = source.model
        packed = InferenceModel(source.model, weights: weights)
        tokenizer = source.tokenizer
        endTokens = source.endTokens
        chat = source.chat ?? .suiting(source.tokenizer)
    }

    var configuration: GPT.Configuration { packed.configuration }

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

    /// What the embedding looks like from outside, made at its first use.
    var embeddingViews: EmbeddingViews {
        insights.withLock { views in
            if let views { return views }
            let new = EmbeddingViews(model.tokenEmbedding.weight)
            views = new
            return new
        }
    }

    // MARK: Tokens

    /// Where a text without a prompt starts: the end of a text, else a line break, else token 0.
    var startToken: Int32 {
        let start = tokenizer.endOfText ?? (try? tokenizer.encode("\n").first) ?? 0
        return start < configuration.vocabularySize ? start : 0
    }

    /// The bytes of a token; of a special one its name is not known, so none.
    func bytes(of token: Int32) -> [UInt8] { tokenizer.bytes(of: token) ?? [] }

    /// A token as text, for people: what is no character reads as U+FFFD.
    func text(of token: Int32) -> String { String(decoding: bytes(of: token), as: UTF8.self) }
}
