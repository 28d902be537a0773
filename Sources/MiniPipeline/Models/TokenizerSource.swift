import Foundation
import MiniGPT
import MiniSentencePiece

/// Opens tokenizers of every kind, from wherever one can be.
public enum TokenizerSource {
    /// Opens a tokenizer: a file of any kind (`tokenizer.json`, `vocab.json` and merges, tiktoken's
    /// ranks, a SentencePiece model, a character tokenizer), a directory with one, or any place of a
    /// model that has one: a checkpoint, a run, a project, a GGUF file.
    ///
    /// - Throws: `PipelineError` naming the file and the entry.
    public static func open(_ path: String) throws(PipelineError) -> any TextTokenizer {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        switch FileSystem.kind(of: url) {
        case .missing:
            if let place = try? ModelPlace(path) { return try ofModel(place) }
            throw PipelineError("There is no tokenizer at \(path).")
        case .file:
            if let place = try? ModelPlace(path), place.kind == .gguf { return try ofModel(place) }
            return try file(path)
        case .folder:
            // A project has its tokenizer in models/, before there is any model.
            let project = Project(url)
            if FileSystem.kind(of: project.tokenizer) == .file {
                return try file(project.tokenizer.path)
            }
            if let place = try? ModelPlace(path), place.kind == .checkpoint {
                return try ofModel(place)
            }
            return try file(path)
        }
    }

    /// Opens a file of a tokenizer, or a directory with one.
    private static func file(_ path: String) throws(PipelineError) -> any TextTokenizer {
        let kind = try describing(path) { () throws(TokenizerError) in
            try TokenizerFile.recognize(path)
        }
        switch kind {
        case .character(let file):
            let url = URL(fileURLWithPath: file)
            return try JSONFile.read(
                CharacterTokenizer.self, from: url, remedy: .advice("train the tokenizer again"))
        case .sentencePiece(let file):
            return try describing(path) { () throws(TokenizerError) in
                try SentencePieceTokenizer.open(file)
            }
        case .huggingFace, .vocabularyAndMerges, .tiktoken, .minBPE:
            return try describing(path) { () throws(TokenizerError) in
                try TokenizerFile.open(path)
            }
        }
    }

    /// The tokenizer beside the weights of a model, which are not read.
    private static func ofModel(_ place: ModelPlace) throws(PipelineError) -> any TextTokenizer {
        guard place.kind == .checkpoint else {
            let url = place.candidates[0]
            return place.kind == .gguf ? try ofGGUF(url) : try file(url.path)
        }
        var reasons: [String] = []
        for url in place.candidates {
            let saved: SavedTokenizer?
            do throws(CheckpointError) {
                saved = try CheckpointOutline(of: url).tokenizer()
            } catch {
                reasons.append(error.description)
                continue
            }
            guard let saved else { throw PipelineError("\(url.path) has no tokenizer.") }
            return try describing(url.path) { () throws(TokenizerError) in
                try saved.tokenizer()
            }
        }
        throw PipelineError(reasons.joined(separator: " "))
    }

    private static func ofGGUF(_ url: URL) throws(PipelineError) -> any TextTokenizer {
        let stored = try describing(url.path) { () throws(InterchangeError) in
            try GGUFFile(url).tokenizer()
        }
        guard let stored else {
            throw PipelineError("\(url.path) has no tokenizer of GPT-2's kind.")
        }
        return try describing(url.path) { () throws(TokenizerError) in
            try stored.bytePairTokenizer()
        }
    }
}
