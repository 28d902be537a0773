import Foundation
import MiniGPT
import MiniSentencePiece
import MiniSupport

/// Models on the disk as the stages open them: tokenizers may be SentencePiece's, and errors say which
/// stage or setting helps. See `LanguageModels` for the places that are understood.
public enum ModelSource {
    /// Opens a model with its tokenizer.
    ///
    /// - Parameters:
    ///   - path: where the model is.
    ///   - tokenizer: another tokenizer than the model's own: a file or a directory.
    ///   - weights: the number format in which a GPT's weights are packed for generation.
    ///   - kinds: models of your own that checkpoints may hold, besides GPTs.
    /// - Throws: `PipelineError` naming the file and what to do.
    public static func open(
        _ path: String, tokenizer: String? = nil, weights: NumberFormat = .float32,
        kinds: [any OpenableModel.Type] = []
    ) throws(PipelineError) -> OpenedModel {
        try opening { () throws(OpeningError) in
            try LanguageModels.open(
                path, tokenizer: tokenizer.map(TokenizerSource.path), weights: weights,
                kinds: kinds, sentencePiece: SentencePieceTokenizer.open)
        }
    }

    /// Reads a GPT alone, without a tokenizer.
    ///
    /// - Throws: `PipelineError` naming the file and what to do.
    public static func model(_ path: String) throws(PipelineError) -> GPT {
        let model = try opening { () throws(OpeningError) in try LanguageModels.model(path) }
        guard let gpt = model as? GPT else {
            throw PipelineError(.notAGPT(kind: type(of: model).kind, path: path))
        }
        return gpt
    }

    /// What the model at a path is, without its weights.
    ///
    /// - Throws: `PipelineError` naming the file and what to do.
    public static func describe(_ path: String) throws(PipelineError) -> ModelDescription {
        try opening { () throws(OpeningError) in try LanguageModels.describe(path) }
    }
}

/// Tokenizers as the stages open them.
public enum TokenizerSource {
    /// Opens a tokenizer: a file of any kind (`tokenizer.json`, `vocab.json` and merges, tiktoken's
    /// ranks, a SentencePiece model, a character tokenizer), a directory with one, or any place of a
    /// model that has one: a checkpoint, a run, a project, a GGUF file.
    ///
    /// - Throws: `PipelineError` naming the file and the entry.
    public static func open(_ path: String) throws(PipelineError) -> any TextTokenizer {
        try opening { () throws(OpeningError) in
            try LanguageModels.tokenizer(
                self.path(path), sentencePiece: SentencePieceTokenizer.open)
        }
    }

    /// Where the tokenizer is that a path means: a project has its own in `models`, before there is
    /// any model.
    static func path(_ path: String) -> String {
        let project = Project(URL(fileURLWithPath: path).standardizedFileURL)
        return FileSystem.kind(of: project.tokenizer) == .file ? project.tokenizer.path : path
    }
}
