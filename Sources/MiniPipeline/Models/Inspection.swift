import Foundation
import MiniGPT
import MiniSupport

/// What a file or a directory is, as far as this program knows.
public struct Inspection: Sendable, Encodable {
    /// A name and a value.
    public struct Fact: Sendable, Encodable, Equatable {
        /// "context length"
        public var name: String
        /// "128"
        public var value: String
    }

    /// A tensor of a file.
    public struct TensorEntry: Sendable, Encodable, Equatable {
        /// The name of the tensor in the file.
        public var name: String
        /// The type of its numbers, in the format's words.
        public var type: String
        /// The length of each axis.
        public var shape: [Int]
        /// The size of its numbers.
        public var bytes: Int
    }

    /// "checkpoint", "run", "project", "GGUF file", "tokenizer", …
    public var kind: String
    /// Where it is.
    public var path: String
    /// What is worth knowing, in order.
    public var facts: [Fact] = []
    /// The tensors, of a file that has some.
    public var tensors: [TensorEntry] = []
    /// What is wrong with it.
    public var problems: [PipelineError] = []

    init(kind: String, _ url: URL) {
        self.kind = kind
        path = url.path
    }

    mutating func add(_ name: String, _ value: some CustomStringConvertible) {
        facts.append(Fact(name: name, value: "\(value)"))
    }

    mutating func add(_ name: String, count: Int) { add(name, NumberText.count(count)) }

    // MARK: Recognising

    /// Looks at a file or a directory. Of a checkpoint every byte is compared with its checksum.
    ///
    /// - Throws: `PipelineError` if there is nothing, or nothing that this program knows.
    public init(of path: String) throws(PipelineError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        switch FileSystem.kind(of: url) {
        case .missing:
            // `runs/NAME/best`
            let place = try opening { () throws(OpeningError) in try ModelPlace(path) }
            self = try .checkpoint(place.candidates[0])
        case .folder: self = try .folder(url)
        case .file: self = try .file(url)
        }
    }

    private static func folder(_ url: URL) throws(PipelineError) -> Inspection {
        if CheckpointOutline.isCheckpoint(url) { return try checkpoint(url) }
        let project = Project(url)
        if FileSystem.kind(of: project.file) == .file { return try self.project(project) }
        if let checkpoints = ModelPlace.checkpoints(of: url) { return run(url, checkpoints) }
        if FileSystem.kind(of: url.appendingPathComponent("config.json")) == .file {
            return try model(place(of: url), kind: "Hugging Face directory")
        }
        if (try? TokenizerFile.recognize(url.path)) != nil { return try tokenizer(url) }
        return try model(place(of: url), kind: "directory with runs")
    }

    private static func file(_ url: URL) throws(PipelineError) -> Inspection {
        let handle = try? FileHandle(forReadingFrom: url)
        let head = (try? handle?.read(upToCount: UnexpectedContent.headLength)) ?? Data()
        try? handle?.close()
        if head.prefix(8).elementsEqual("MINITOKN".utf8) { return try tokens(url, head) }
        switch UnexpectedContent(head: head) {
        case .safetensors: return try safetensors(url)
        case .zip, .pickle: return try pyTorch(url)
        case nil where url.pathExtension == "safetensors": return try safetensors(url)
        default: break
        }
        if let place = try? ModelPlace(url.path) {
            return place.format == .gguf
                ? try gguf(url) : try model(place, kind: "file of llm.c")
        }
        return try tokenizer(url)
    }

    // MARK: Models

    private static func place(of url: URL) throws(PipelineError) -> ModelPlace {
        try opening { () throws(OpeningError) in try ModelPlace(url.path) }
    }

    private static func model(
        _ place: ModelPlace, kind: String
    ) throws(PipelineError) -> Inspection {
        let description = try opening { () throws(OpeningError) in
            try ModelDescription(of: place)
        }
        var result = Inspection(kind: kind, place.candidates[0])
        result.add(description)
        if place.format == .huggingFace {
            do throws(InterchangeError) {
                let weights = try HuggingFaceWeights.open(place.candidates[0])
                result.tensors = weights.entries.map(TensorEntry.init)
            } catch {
                result.problems.append(PipelineError(error.description))
            }
        }
        return result
    }

    mutating func add(_ model: ModelDescription) {
        if model.kind != GPT.kind { add("kind of model", model.kind) }
        add("parameters", count: model.parameters)
        let sizes = [
            ("vocabulary", model.vocabularySize), ("context length", model.contextLength),
            ("layers", model.layers), ("heads", model.heads), ("width", model.width),
        ]
        for case (let name, let count?) in sizes { add(name, count: count) }
        add("fine-tuned to chat", model.isChat ? "yes" : "no")
        if let step = model.step { add("step", count: step) }
        if let seen = model.tokensSeen { add("tokens seen", count: seen) }
        if let loss = model.validationLoss { add("validation loss", loss) }
        add("size", NumberText.bytes(model.bytes))
        problems += model.skipped.map { PipelineError($0) }
    }

    private static func checkpoint(_ url: URL) throws(PipelineError) -> Inspection {
        let outline = try describing { () throws(CheckpointError) in
            try CheckpointOutline(of: url)
        }
        var result = Inspection(kind: "checkpoint", url)
        result.add(
            try opening { () throws(OpeningError) in try ModelDescription(outline) })
        if let best = outline.progress.bestValidationLoss {
            result.add("best validation loss", "\(best) at step \(outline.progress.bestStep ?? 0)")
        }
        for (name, value) in outline.settings.values.sorted(by: { $0.key < $1.key }) {
            result.add(name, value)
        }
        for file in outline.files {
            result.add(file.name, "\(NumberText.bytes(file.bytes)), checksum \(file.checksum)")
        }
        do throws(CheckpointError) {
            _ = try Checkpoint(contentsOf: url)
            result.add("checksums", "all right")
        } catch {
            result.problems.append(PipelineError(error.description))
        }
        return result
    }

    private static func run(_ url: URL, _ checkpoints: [URL]) -> Inspection {
        var result = Inspection(kind: "run", url)
        for checkpoint in checkpoints {
            do throws(CheckpointError) {
                let progress = try CheckpointOutline(of: checkpoint).progress
                let loss = progress.validationLoss.map { ", validation loss \($0)" } ?? ""
                result.add(
                    checkpoint.lastPathComponent,
                    "\(NumberText.count(progress.tokensSeen)) tokens seen\(loss)")
            } catch {
                result.problems.append(
                    PipelineError("\(checkpoint.lastPathComponent): \(error.description)"))
            }
        }
        if let model = try? ModelSource.describe(url.path) { result.add(model) }
        return result
    }

    private static func project(_ project: Project) throws(PipelineError) -> Inspection {
        var result = Inspection(kind: "project", project.directory)
        let status = try project.status()
        for stage in status.stages {
            result.add(stage.title, stage.state)
            if let problem = stage.problem { result.problems.append(problem) }
        }
        for run in project.runsWithModels {
            guard let model = try? ModelSource.describe(run.path) else { continue }
            result.add("runs/\(run.lastPathComponent)", "step \(NumberText.count(model.step ?? 0))")
        }
        result.add("size", NumberText.bytes(FileSystem.bytes(of: project.directory)))
        return result
    }

    // MARK: Files

    private static func safetensors(_ url: URL) throws(PipelineError) -> Inspection {
        let file = try describing { () throws(InterchangeError) in try SafetensorsFile(url) }
        var result = Inspection(kind: "safetensors file", url)
        result.add(file.entries, of: url)
        for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
            result.add(name, value)
        }
        return result
    }

    private static func pyTorch(_ url: URL) throws(PipelineError) -> Inspection {
        let file = try describing { () throws(InterchangeError) in try PyTorchFile(url) }
        var result = Inspection(kind: "PyTorch file", url)
        result.add(file.entries, of: url)
        return result
    }

    private mutating func add(_ entries: [StoredTensor], of url: URL) {
        add("tensors", count: entries.count)
        add("numbers", count: entries.reduce(0) { $0 + $1.shape.reduce(1, *) })
        add("size", NumberText.bytes(FileSystem.bytes(of: url)))
        tensors = entries.map(TensorEntry.init)
    }

    private static func gguf(_ url: URL) throws(PipelineError) -> Inspection {
        let file = try describing { () throws(InterchangeError) in try GGUFFile(url) }
        var result = Inspection(kind: "GGUF file", url)
        result.add("size", NumberText.bytes(FileSystem.bytes(of: url)))
        for (name, value) in file.values.sorted(by: { $0.key < $1.key }) {
            result.add(name, Self.text(value))
        }
        result.tensors = file.entries.map(TensorEntry.init)
        return result
    }

    private static func text(_ value: GGUFValue) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let flag): "\(flag)"
        case .string(let text): text
        case .array(let count): "\(NumberText.count(count)) values"
        }
    }

    private static func tokens(_ url: URL, _ head: Data) throws(PipelineError) -> Inspection {
        let store = try describing { () throws(TokenStore.FileError) in
            try TokenStore(mapping: url, vocabularySize: 1 << 30)
        }
        var result = Inspection(kind: "token file", url)
        result.add("tokens", count: store.count)
        let vocabulary = head.dropFirst(24).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        result.add("vocabulary", count: vocabulary)
        result.add("size", NumberText.bytes(FileSystem.bytes(of: url)))
        return result
    }

    private static func tokenizer(_ url: URL) throws(PipelineError) -> Inspection {
        let kind = try describing { () throws(TokenizerError) in
            try TokenizerFile.recognize(url.path)
        }
        let tokenizer = try TokenizerSource.open(url.path)
        var result = Inspection(kind: "tokenizer", url)
        switch kind {
        case .huggingFace: result.add("format", "Hugging Face's tokenizer.json")
        case .vocabularyAndMerges: result.add("format", "vocabulary and merges")
        case .tiktoken: result.add("format", "tiktoken's ranks")
        case .minBPE: result.add("format", "minbpe's model")
        case .character: result.add("format", "characters")
        case .sentencePiece: result.add("format", "SentencePiece")
        }
        result.add("vocabulary", count: tokenizer.vocabularySize)
        if let pairs = tokenizer.bytePairTokenizer {
            result.add("merges", count: pairs.merges.count)
        }
        let special = tokenizer.addedTokens.filter(\.isSpecial)
        if !special.isEmpty || tokenizer.bytePairTokenizer != nil {
            result.add(
                "special tokens", special.map { "\($0.content) (\($0.id))" }.joined(separator: ", ")
            )
        }
        if let end = tokenizer.endOfText { result.add("end of text", end) }
        return result
    }
}

extension Inspection.TensorEntry {
    init(_ entry: StoredTensor) {
        self.init(
            name: entry.name, type: entry.type, shape: entry.shape,
            bytes: entry.byteRange.count)
    }
}
