import Foundation
import MiniNN
import MiniSupport

/// What a model is, from the headers of its files.
public struct ModelDescription: Sendable, Codable, Equatable {
    /// What to call it: "shakespeare/step-00002000", "gpt2.gguf".
    public var name: String
    /// The directory or file that the model was read from.
    public var path: String
    /// The format of its files.
    public var format: ModelFormat
    /// The kind of model: "GPT", or what a model of one's own calls itself.
    public var kind: String
    /// The number of the model's parameters.
    public var parameters: Int
    /// How many tokens it knows; `nil` if a model of one's own does not say so in its settings.
    public var vocabularySize: Int?
    /// How many tokens it looks at; `nil` if a model of one's own does not say so in its settings.
    public var contextLength: Int?
    /// How many transformer blocks a GPT has; `nil` of other models.
    public var layers: Int?
    /// How many attention heads each block of a GPT has; `nil` of other models.
    public var heads: Int?
    /// The length of the vector of a position in a GPT; `nil` of other models.
    public var width: Int?
    /// Whether it was fine-tuned to conversations.
    public var isChat: Bool
    /// How large its files are, in bytes.
    public var bytes: Int
    /// The run it is from, of a checkpoint.
    public var run: String?
    /// Steps of training behind it, of a checkpoint.
    public var step: Int?
    /// How many tokens it has been trained on, of a checkpoint.
    public var tokensSeen: Int?
    /// The validation loss in nats per token, if it was measured at this very step.
    public var validationLoss: Float?
    /// Checkpoints that were passed over because they are damaged, with the reasons.
    public var skipped: [String] = []

    /// What the model at a place is. Weights are not read.
    ///
    /// - Throws: `OpeningError` that names the place and says what to do.
    public init(of place: ModelPlace) throws(OpeningError) {
        guard place.format == .checkpoint else {
            try self.init(place.candidates[0], place.format)
            return
        }
        let (outline, _, skipped) = try place.firstWhole { url throws(CheckpointError) in
            try CheckpointOutline(of: url)
        }
        try self.init(outline)
        self.skipped = skipped
    }

    /// What a checkpoint is.
    ///
    /// - Throws: `OpeningError` if one of its files is not as it was written.
    public init(_ outline: CheckpointOutline) throws(OpeningError) {
        let url = outline.directory
        format = .checkpoint
        kind = outline.kind
        path = url.path
        isChat = try ChatTemplate.beside(url, .checkpoint) != nil
        bytes = outline.files.reduce(0) { $0 + $1.bytes }
        let folder = url.deletingLastPathComponent()
        let isRun = folder.lastPathComponent == "checkpoints"
        let run = (isRun ? folder.deletingLastPathComponent() : folder).lastPathComponent
        self.run = run
        name = "\(run)/\(url.lastPathComponent)"
        step = outline.progress.step
        tokensSeen = outline.progress.tokensSeen
        validationLoss = outline.progress.validationLoss
        parameters = 0
        try opening({ .checkpoint($0, path: url.path) }) { () throws(CheckpointError) in
            if outline.kind == GPT.kind {
                setSizes(try outline.configuration())
            } else {
                parameters = try outline.parameterCount()
                vocabularySize = outline.modelSettings?.values["vocabulary size"].flatMap {
                    Int($0)
                }
                contextLength = outline.modelSettings?.values["context length"].flatMap { Int($0) }
            }
        }
    }

    /// What a model in the files of another program is.
    private init(_ url: URL, _ format: ModelFormat) throws(OpeningError) {
        self.format = format
        kind = GPT.kind
        name = url.lastPathComponent
        path = url.path
        isChat = try ChatTemplate.beside(url, format) != nil
        bytes = Self.weightBytes(url, format)
        parameters = 0
        setSizes(
            try opening({ .weights($0, path: url.path) }) { () throws(InterchangeError) in
                switch format {
                case .gguf: try GPT.Configuration(gguf: GGUFFile(url))
                case .llmC: try GPT.Configuration(llmC: url)
                case .huggingFace, .checkpoint: try GPT.Configuration(huggingFace: url)
                }
            })
    }

    private mutating func setSizes(_ configuration: GPT.Configuration) {
        parameters = configuration.parameterCount
        vocabularySize = configuration.vocabularySize
        contextLength = configuration.contextLength
        layers = configuration.layers
        heads = configuration.heads
        width = configuration.width
    }

    private static func weightBytes(_ url: URL, _ format: ModelFormat) -> Int {
        guard format == .huggingFace else { return FileSystem.bytes(of: url) }
        let names = FileSystem.names(in: url)
        let weights = names.filter { $0.hasSuffix(".safetensors") }
        let older = names.filter { $0.hasPrefix("pytorch_model") && $0.hasSuffix(".bin") }
        return (weights.isEmpty ? older : weights)
            .reduce(0) { $0 + FileSystem.bytes(of: url.appendingPathComponent($1)) }
    }
}
