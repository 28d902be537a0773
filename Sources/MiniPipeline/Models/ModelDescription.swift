import Foundation
import MiniGPT

/// What a model is, from the headers of its files.
public struct ModelDescription: Sendable, Codable, Equatable {
    /// What to call it: "shakespeare/step-00002000", "gpt2.gguf".
    public var name: String
    /// Its directory or file.
    public var path: String
    /// What kind of files it is in.
    public var kind: ModelKind
    /// How many parameters it has.
    public var parameters: Int
    /// How many tokens it knows.
    public var vocabularySize: Int
    /// How many tokens it looks at.
    public var contextLength: Int
    /// How many transformer blocks the model has.
    public var layers: Int
    /// Attention heads of a block.
    public var heads: Int
    /// The length of the vector of a position.
    public var width: Int
    /// Whether it was fine-tuned to conversations.
    public var isChat: Bool
    /// How large its files are.
    public var bytes: Int
    /// The run it is from.
    public var run: String?
    /// Steps of training behind it.
    public var step: Int?
    /// How many tokens the model has been trained on.
    public var tokensSeen: Int?
    /// In nats per token, if it was measured at this very step.
    public var validationLoss: Float?
    /// Checkpoints that were passed over because they are damaged, with the reasons.
    public var skipped: [String]
}

extension ModelSource {
    /// What the model at a path is. Headers, manifests and the lengths of files are read; weights
    /// are not, so a list of many models is quick.
    ///
    /// - Parameter path: as `ModelPlace` understands it.
    /// - Throws: `PipelineError` naming the file and what to do.
    public static func describe(_ path: String) throws(PipelineError) -> ModelDescription {
        try describe(ModelPlace(path))
    }

    /// What the model at a place is.
    public static func describe(_ place: ModelPlace) throws(PipelineError) -> ModelDescription {
        guard place.kind == .checkpoint else {
            let url = place.candidates[0]
            let configuration = try configuration(url, place.kind)
            return try ModelDescription(
                url, place.kind, configuration, bytes: weightBytes(url, place.kind))
        }
        var skipped: [String] = []
        for url in place.candidates {
            let outline: CheckpointOutline
            do throws(CheckpointError) {
                outline = try CheckpointOutline(of: url)
            } catch {
                skipped.append("\(url.lastPathComponent): \(error.description)")
                continue
            }
            return try ModelDescription(outline, skipped: skipped)
        }
        throw PipelineError(
            "No checkpoint can be used; train again, or restore one from elsewhere. "
                + skipped.joined(separator: " "))
    }

    private static func configuration(
        _ url: URL, _ kind: ModelKind
    ) throws(PipelineError) -> GPT.Configuration {
        try describing(url.path) { () throws(InterchangeError) in
            switch kind {
            case .gguf: try GPT.Configuration(gguf: GGUFFile(url))
            case .llmC: try GPT.Configuration(llmC: url)
            case .huggingFace, .checkpoint: try GPT.Configuration(huggingFace: url)
            }
        }
    }

    private static func weightBytes(_ url: URL, _ kind: ModelKind) -> Int {
        var files = [url]
        if kind == .huggingFace {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            let weights = names.filter { $0.hasSuffix(".safetensors") }
            let older = names.filter { $0.hasPrefix("pytorch_model") && $0.hasSuffix(".bin") }
            files = (weights.isEmpty ? older : weights).map(url.appendingPathComponent)
        }
        return files.reduce(0) {
            $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0)
        }
    }
}

extension ModelDescription {
    init(
        _ url: URL, _ kind: ModelKind, _ configuration: GPT.Configuration, bytes: Int
    ) throws(PipelineError) {
        name = url.lastPathComponent
        path = url.path
        self.kind = kind
        parameters = configuration.parameterCount
        vocabularySize = configuration.vocabularySize
        contextLength = configuration.contextLength
        layers = configuration.layers
        heads = configuration.heads
        width = configuration.width
        isChat = try ChatTemplate.beside(url, kind: kind) != nil
        self.bytes = bytes
        skipped = []
    }

    init(_ outline: CheckpointOutline, skipped: [String]) throws(PipelineError) {
        let bytes = outline.files.reduce(0) { $0 + $1.bytes }
        let configuration = try describing { () throws(CheckpointError) in
            try outline.configuration()
        }
        try self.init(outline.directory, .checkpoint, configuration, bytes: bytes)
        let folder = outline.directory.deletingLastPathComponent()
        let isRun = folder.lastPathComponent == "checkpoints"
        run = (isRun ? folder.deletingLastPathComponent() : folder).lastPathComponent
        name = "\(run ?? "")/\(outline.directory.lastPathComponent)"
        step = outline.progress.step
        tokensSeen = outline.progress.tokensSeen
        validationLoss = outline.progress.validationLoss
        self.skipped = skipped
    }
}
