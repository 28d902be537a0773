import Foundation
import MiniNN
import MiniTokenizer
import Synchronization

/// A model from the disk with everything that is needed to talk to it; `LanguageModels.open` makes
/// one.
///
/// The weights of a GPT are packed for generation when it is first asked for, and kept: however often
/// it generates, alone or from several tasks at once, they are packed once. That takes as much memory
/// again as they have in that number format. A value: copies share the packed weights.
public struct OpenedModel: Sendable {
    /// The model: a GPT, or one of the kinds that were given.
    public let model: any LanguageModel
    /// Turns text into its tokens and back.
    public let tokenizer: any TextTokenizer
    /// The tokens that end a text: the tokenizer's end of text, and those that the model's files name.
    public let endTokens: Set<Int32>
    /// The format of the files it came from.
    public let format: ModelFormat
    /// The directory or file that the model was read from.
    public let url: URL
    /// How far its training had come, of a checkpoint.
    public let progress: Checkpoint.Progress?
    /// How a conversation is written for it, if it was fine-tuned to one.
    public let chatTemplate: ChatTemplate?
    /// The checkpoints that were passed over because they are damaged, with the reasons.
    public let skipped: [String]

    private let decoding: DecodingModelOnce

    init(
        _ files: ModelFiles, tokenizer: any TextTokenizer, endTokens: Set<Int32>,
        chatTemplate: ChatTemplate?, weights: NumberFormat
    ) {
        model = files.model
        self.tokenizer = tokenizer
        self.endTokens = endTokens.union([tokenizer.endOfText].compactMap { $0 })
        format = files.format
        url = files.url
        progress = files.progress
        self.chatTemplate = chatTemplate
        skipped = files.skipped
        decoding = DecodingModelOnce(files.model, weights)
    }

    /// The model as a GPT.
    ///
    /// - Throws: `OpeningError.notAGPT` if it is of another kind.
    public func gpt() throws(OpeningError) -> GPT {
        guard let gpt = model as? GPT else {
            throw .notAGPT(kind: type(of: model).kind, path: url.path)
        }
        return gpt
    }

    /// The model as it generates. The first call packs the weights of a GPT; others wait for it.
    package var decodingModel: DecodingModel { decoding.value }
}

// MARK: - Generation

extension OpenedModel {
    /// A predictor that has read nothing, over the packed weights.
    public func predictor() -> AnyTokenPredictor { AnyTokenPredictor(decodingModel.predictor()) }

    /// Continues texts on the thread that asks, and remembers what it has read.
    public func generator() -> TextGenerator<AnyTokenPredictor> {
        TextGenerator(predictor(), tokenizer: tokenizer)
    }

    /// Continues a text, as an asynchronous sequence of events that ends with a summary.
    ///
    /// The model runs on a thread of its own. Leaving the loop or cancelling its task stops it before
    /// the next token. It ends at `endTokens` as well as where the options say.
    ///
    /// - Parameters:
    ///   - prompt: continued from here; if it is empty, from the end-of-text token or a line break.
    ///   - sampler: chooses the tokens.
    ///   - options: how many tokens, the seed, when to stop and more.
    /// - Throws: `GenerationError` for anything that is wrong before the first token. The sequence
    ///   itself throws one when the vocabulary cannot continue a grammar.
    public func generate(
        _ prompt: String, sampler: some Sampler = .temperature(0.8),
        options: GenerationOptions = GenerationOptions()
    ) throws(GenerationError) -> GenerationStream {
        var options = options
        options.stopTokens.formUnion(endTokens)
        return try generator().stream(prompt, sampler: sampler, options: options)
    }

    /// A conversation with the model, in which every turn costs only what is new.
    ///
    ///     var chat = model.chat()
    ///     print(try chat.answer([ChatMessage(.user, "Who are you?")]).text)
    ///
    /// A model without a template continues a text with named turns.
    public func chat() -> ChatSession<AnyTokenPredictor> {
        ChatSession(
            predictor(), tokenizer: tokenizer, template: chatTemplate, endTokens: endTokens)
    }
}

/// A model as it generates, made when it is first asked for.
private final class DecodingModelOnce: Sendable {
    private let model: any LanguageModel
    private let weights: NumberFormat
    private let made = Mutex<DecodingModel?>(nil)

    init(_ model: any LanguageModel, _ weights: NumberFormat) {
        self.model = model
        self.weights = weights
    }

    var value: DecodingModel {
        made.withLock { made in
            if let made { return made }
            let new = DecodingModel(model, weights: weights)
            made = new
            return new
        }
    }
}
