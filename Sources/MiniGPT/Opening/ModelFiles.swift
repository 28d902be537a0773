import Foundation
import MiniNN
import MiniSupport
import MiniTokenizer

/// The contents of a model's files.
struct ModelFiles {
    let format: ModelFormat
    let url: URL
    let model: any LanguageModel
    private(set) var progress: Checkpoint.Progress?
    private(set) var skipped: [String] = []
    private var saved: SavedTokenizer?
    private var gguf: GGUFFile?

    /// Reads a model, but not yet its tokenizer.
    init(_ place: ModelPlace, kinds: [any OpenableModel.Type]) throws(OpeningError) {
        format = place.format
        let first = place.candidates[0]
        func weights<Value>(
            _ read: () throws(InterchangeError) -> Value
        ) throws(OpeningError) -> Value {
            try opening({ .weights($0, path: first.path) }, read)
        }
        switch place.format {
        case .checkpoint:
            let found = try place.firstWhole { url throws(CheckpointError) in
                try Checkpoint(contentsOf: url)
            }
            (url, skipped) = (found.url, found.skipped)
            (progress, saved) = (found.value.progress, found.value.tokenizer)
            model = try Self.model(of: found.value, kinds, found.url)
        case .huggingFace:
            url = first
            model = try weights { () throws(InterchangeError) in try GPT(huggingFace: first) }
        case .gguf:
            url = first
            let file = try weights { () throws(InterchangeError) in try GGUFFile(first) }
            gguf = file
            model = try weights { () throws(InterchangeError) in try GPT(gguf: file) }
        case .llmC:
            url = first
            model = try weights { () throws(InterchangeError) in try GPT(llmC: first) }
        }
    }

    /// The model of a checkpoint, of one of the kinds.
    private static func model(
        of checkpoint: Checkpoint, _ kinds: [any OpenableModel.Type], _ url: URL
    ) throws(OpeningError) -> any LanguageModel {
        let state = checkpoint.model
        func restored<Model: OpenableModel>(
            _ type: Model.Type
        ) throws(OpeningError) -> any LanguageModel {
            try opening({ .checkpoint($0, path: url.path) }) { () throws(CheckpointError) in
                try state.model(as: type)
            }
        }
        if state.kind == GPT.kind {
            return try opening({ .checkpoint($0, path: url.path) }) {
                () throws(CheckpointError) in try GPT(checkpoint)
            }
        }
        guard let kind = kinds.first(where: { $0.kind == state.kind }) else {
            throw .unknownKind(
                state.kind, path: url.path, known: [GPT.kind] + kinds.map { $0.kind })
        }
        return try restored(kind)
    }

    // MARK: What is beside the weights

    /// The model's own tokenizer.
    func tokenizer(
        _ sentencePiece: SentencePieceReader?
    ) throws(OpeningError) -> any TextTokenizer {
        switch format {
        case .checkpoint: return try TokenizerFiles.tokenizer(saved, of: url)
        case .huggingFace: return try TokenizerFiles(sentencePiece).tokenizer(inFile: url.path)
        case .gguf, .llmC:
            guard let gguf else { throw TokenizerFiles.noTokenizer(ofLLMC: url) }
            return try TokenizerFiles.tokenizer(gguf, of: url)
        }
    }

    /// The tokens that end a text, by the model's files.
    func endTokens() throws(OpeningError) -> Set<Int32> {
        switch format {
        case .huggingFace:
            return try EndTokens.inDirectory(url, vocabularySize: model.vocabularySize)
        case .gguf:
            let end = try opening({ .weights($0, path: url.path) }) {
                () throws(InterchangeError) in try gguf?.tokenizer()?.endOfText
            }
            return Set([end].compactMap { $0 }.map(Int32.init))
        case .checkpoint, .llmC: return []
        }
    }
}

extension ModelPlace {
    /// The first candidate that can be read, and why those before it cannot.
    func firstWhole<Value>(
        _ read: (URL) throws(CheckpointError) -> Value
    ) throws(OpeningError) -> (value: Value, url: URL, skipped: [String]) {
        var skipped: [String] = []
        for url in candidates {
            do throws(CheckpointError) {
                return (try read(url), url, skipped)
            } catch {
                skipped.append("\(url.lastPathComponent): \(error.description)")
            }
        }
        throw .noWholeCheckpoint(
            directory: candidates[0].deletingLastPathComponent().path, reasons: skipped)
    }
}

extension ChatTemplate {
    /// The template of a model: in its directory, or of a checkpoint in its run's; of a file with the
    /// file's name before it. `nil` if the model was not fine-tuned to conversations.
    static func beside(
        _ url: URL, _ format: ModelFormat
    ) throws(OpeningError) -> ChatTemplate? {
        let place = places(url, format).first { FileSystem.kind(of: $0) == .file }
        guard let place else { return nil }
        return try opening(OpeningError.chat) { () throws(ChatError) in
            try ChatTemplate(contentsOf: place)
        }
    }

    private static func places(_ url: URL, _ format: ModelFormat) -> [URL] {
        switch format {
        case .checkpoint:
            let folder = url.deletingLastPathComponent()
            var places = [url, folder]
            if folder.lastPathComponent == "checkpoints" {
                places.append(folder.deletingLastPathComponent())
            }
            return places.map { $0.appendingPathComponent(fileName) }
        case .huggingFace:
            return [url.appendingPathComponent(fileName)]
        case .gguf, .llmC:
            return [
                url.deletingLastPathComponent()
                    .appendingPathComponent("\(url.lastPathComponent).\(fileName)")
            ]
        }
    }
}
