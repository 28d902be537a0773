import Foundation
import MiniNN
import MiniTokenizer

/// A model that can be made again from its checkpoint alone.
public typealias OpenableModel = LanguageModel & ConfigurableModel

/// Reads a SentencePiece `.model` file at a path: `SentencePieceTokenizer.open` of MiniSentencePiece,
/// which depends on protobuf and is therefore no part of this library.
public typealias SentencePieceReader = (String) throws(TokenizerError) -> any TextTokenizer

/// Models on the disk: opened with all that is needed to talk to them, or only described.
///
///     let model = try LanguageModels.open("runs/chat")
///     for try await event in try model.generate("Once upon a time") {
///         if case .text(let piece) = event { print(piece, terminator: "") }
///     }
///
/// A path can be a checkpoint's directory, a directory of checkpoints, a run (`runs/NAME` for its
/// newest checkpoint, `runs/NAME/best`, `runs/NAME/step-00001200`), a project (its newest run), a
/// directory in Hugging Face's layout, a GGUF file or a file of llm.c.
public enum LanguageModels {
    /// Opens a model with its tokenizer, the tokens that end a text, and its template for
    /// conversations.
    ///
    /// Of a run the newest whole checkpoint is taken; `skipped` of the result says which were passed
    /// over.
    ///
    /// - Parameters:
    ///   - path: where the model is; see `LanguageModels`.
    ///   - tokenizer: the path of another tokenizer than the model's own: a file or a directory.
    ///   - weights: the number format in which a GPT's weights are packed for generation.
    ///   - kinds: models of your own that checkpoints may hold, besides GPTs.
    ///   - sentencePiece: reads a SentencePiece model, if the tokenizer is one.
    /// - Throws: `OpeningError` that names the place and says what to do.
    public static func open(
        _ path: String, tokenizer: String? = nil, weights: NumberFormat = .float32,
        kinds: [any OpenableModel.Type] = [], sentencePiece: SentencePieceReader? = nil
    ) throws(OpeningError) -> OpenedModel {
        let files = try ModelFiles(ModelPlace(path), kinds: kinds)
        let tokenizer =
            if let tokenizer {
                try self.tokenizer(tokenizer, sentencePiece: sentencePiece)
            } else {
                try files.tokenizer(sentencePiece)
            }
        let (tokens, known) = (tokenizer.vocabularySize, files.model.vocabularySize)
        guard tokens <= known else {
            throw .otherTokenizer(path: path, tokens: tokens, vocabularySize: known)
        }
        return OpenedModel(
            files, tokenizer: tokenizer, endTokens: try files.endTokens(),
            chatTemplate: try ChatTemplate.beside(files.url, files.format), weights: weights)
    }

    /// Reads a model alone, without a tokenizer.
    ///
    /// - Parameters:
    ///   - path: where the model is; see `LanguageModels`.
    ///   - kinds: models of your own that checkpoints may hold, besides GPTs.
    /// - Throws: `OpeningError` that names the place and says what to do.
    public static func model(
        _ path: String, kinds: [any OpenableModel.Type] = []
    ) throws(OpeningError) -> any LanguageModel {
        try ModelFiles(ModelPlace(path), kinds: kinds).model
    }

    /// Opens a tokenizer: a file of any kind (`tokenizer.json`, a vocabulary and merges, tiktoken's
    /// ranks, a character tokenizer), a directory with one, or any place of a model that has one.
    /// Weights are not read.
    ///
    /// - Parameters:
    ///   - path: where the tokenizer, or the model with it, is.
    ///   - sentencePiece: reads a SentencePiece model, if it is one.
    /// - Throws: `OpeningError` that names the file and the entry.
    public static func tokenizer(
        _ path: String, sentencePiece: SentencePieceReader? = nil
    ) throws(OpeningError) -> any TextTokenizer {
        try TokenizerFiles(sentencePiece).tokenizer(path)
    }

    /// What the model at a path is. Headers, manifests and the lengths of files are read; weights are
    /// not, so a list of many models is quick.
    ///
    /// - Parameter path: where the model is; see `LanguageModels`.
    /// - Throws: `OpeningError` that names the place and says what to do.
    public static func describe(_ path: String) throws(OpeningError) -> ModelDescription {
        try ModelDescription(of: ModelPlace(path))
    }
}
