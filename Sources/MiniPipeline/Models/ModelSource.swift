import Foundation
import MiniGPT

/// A model with everything that is needed to talk to it, from wherever a model can be.
///
///     let source = try ModelSource("runs/shakespeare")
///     print(source.kind, source.model.configuration, source.skipped)
///
/// `ModelPlace` says which places are understood. `ModelSource.describe(_:)` tells the sizes of a
/// model without reading its weights.
public struct ModelSource: Sendable {
    /// The model.
    public let model: GPT
    /// Turns text into its tokens.
    public let tokenizer: any TextTokenizer
    /// The tokens that end a text, by the model's files.
    public let endTokens: Set<Int32>
    /// What kind of files it came from.
    public let kind: ModelKind
    /// Its directory or file.
    public let url: URL
    /// How far its training had come, of a checkpoint.
    public let progress: Checkpoint.Progress?
    /// How a conversation is written for it, if it was fine-tuned to one.
    public let chat: ChatTemplate?
    /// The checkpoints that were passed over because they are damaged, with the reasons.
    public let skipped: [String]

    /// Reads a model and its tokenizer.
    ///
    /// - Parameters:
    ///   - path: as `ModelPlace` understands it.
    ///   - tokenizer: another tokenizer than the model's own: a file or a directory.
    /// - Throws: `PipelineError` naming the file and what to do.
    public init(_ path: String, tokenizer tokenizerPath: String? = nil) throws(PipelineError) {
        let files = try ModelFiles(ModelPlace(path))
        model = files.model
        kind = files.kind
        url = files.url
        progress = files.checkpoint?.progress
        skipped = files.skipped
        chat = try ChatTemplate.beside(files.url, kind: files.kind)
        if let tokenizerPath {
            tokenizer = try TokenizerSource.open(tokenizerPath)
        } else {
            tokenizer = try files.tokenizer()
        }
        var ends = files.endTokens
        if let end = tokenizer.endOfText { ends.insert(end) }
        endTokens = ends
        let (has, knows) = (tokenizer.vocabularySize, model.configuration.vocabularySize)
        guard has <= knows else {
            throw PipelineError(
                "The tokenizer has \(has) tokens, but the model of \(path) knows \(knows); use the tokenizer it was trained with."
            )
        }
    }

    /// Reads a model alone.
    public static func model(_ path: String) throws(PipelineError) -> GPT {
        try ModelFiles(ModelPlace(path)).model
    }

    /// Reads a checkpoint whole, with the optimizer: what a training goes on from.
    ///
    /// - Throws: `PipelineError` if it is another kind of model.
    package static func checkpoint(
        _ path: String
    ) throws(PipelineError) -> (checkpoint: Checkpoint, url: URL, skipped: [String]) {
        let files = try ModelFiles(ModelPlace(path))
        guard let checkpoint = files.checkpoint else {
            throw PipelineError(
                "\(path) is not a checkpoint", .importModel)
        }
        return (checkpoint, files.url, files.skipped)
    }
}

/// The contents of a model's files.
private struct ModelFiles {
    let kind: ModelKind
    let url: URL
    let model: GPT
    var checkpoint: Checkpoint?
    var gguf: GGUFFile?
    var skipped: [String] = []

    init(_ place: ModelPlace) throws(PipelineError) {
        kind = place.kind
        let first = place.candidates[0]
        switch place.kind {
        case .checkpoint:
            let found = try Self.newest(of: place.candidates)
            (url, skipped, checkpoint) = (found.url, found.skipped, found.checkpoint)
            model = try describing { () throws(CheckpointError) in
                try GPT(found.checkpoint)
            }
        case .huggingFace:
            url = first
            model = try describing(first.path) { () throws(InterchangeError) in
                try GPT(huggingFace: first)
            }
        case .gguf:
            url = first
            let file = try describing(first.path) { () throws(InterchangeError) in
                try GGUFFile(first)
            }
            gguf = file
            model = try describing(first.path) { () throws(InterchangeError) in
                try GPT(gguf: file)
            }
        case .llmC:
            url = first
            model = try describing(first.path) { () throws(InterchangeError) in
                try GPT(llmC: first)
            }
        }
    }

    /// The first whole checkpoint.
    private static func newest(
        of candidates: [URL]
    ) throws(PipelineError) -> (checkpoint: Checkpoint, url: URL, skipped: [String]) {
        var skipped: [String] = []
        for url in candidates {
            do throws(CheckpointError) {
                return (try Checkpoint(contentsOf: url), url, skipped)
            } catch {
                skipped.append("\(url.lastPathComponent): \(error.description)")
            }
        }
        if candidates.count == 1 {
            throw PipelineError(
                "\(skipped[0]) Use another checkpoint of the run, or train again.")
        }
        let folder = candidates[0].deletingLastPathComponent().path
        throw PipelineError(
            "No checkpoint in \(folder) is whole; train again, or restore one from elsewhere. "
                + skipped.joined(separator: " "))
    }

    /// The model's own tokenizer.
    func tokenizer() throws(PipelineError) -> any TextTokenizer {
        switch kind {
        case .checkpoint:
            guard let saved = checkpoint?.tokenizer else {
                throw PipelineError("\(url.path) has no tokenizer", .provide(.tokenizer))
            }
            return try describing(url.path) { () throws(TokenizerError) in
                try saved.tokenizer()
            }
        case .huggingFace:
            return try TokenizerSource.open(url.path)
        case .gguf:
            let stored = try describing(url.path) { () throws(InterchangeError) in
                try gguf?.tokenizer()
            }
            guard let stored else {
                throw PipelineError(
                    "\(url.path) has no tokenizer of GPT-2's kind", .provide(.tokenizer))
            }
            return try describing(url.path) { () throws(TokenizerError) in
                try stored.bytePairTokenizer()
            }
        case .llmC:
            throw PipelineError(
                "\(url.path) has no tokenizer, as no file of llm.c has", .provide(.tokenizer))
        }
    }

    var endTokens: Set<Int32> {
        switch kind {
        case .huggingFace: Self.endTokens(in: url)
        case .gguf: Set([try? gguf?.tokenizer()?.endOfText].compactMap { $0 }.map(Int32.init))
        case .checkpoint, .llmC: []
        }
    }

    /// `eos_token_id`, one number or several, of generation_config.json or config.json.
    private static func endTokens(in folder: URL) -> Set<Int32> {
        for name in ["generation_config.json", "config.json"] {
            guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
                let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                let value = object["eos_token_id"]
            else { continue }
            let numbers = value as? [NSNumber] ?? (value as? NSNumber).map { [$0] } ?? []
            return Set(numbers.map(\.int32Value))
        }
        return []
    }
}
