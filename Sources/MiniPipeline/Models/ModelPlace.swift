import Foundation
import MiniGPT
import MiniSupport

/// What kind of files a model is in.
public enum ModelKind: String, Sendable, Codable, CaseIterable {
    /// A checkpoint of a training.
    case checkpoint
    /// A directory with `config.json` and `model.safetensors`.
    case huggingFace = "huggingface"
    /// One file, llama.cpp's.
    case gguf
    /// One file, llm.c's; it has no tokenizer.
    case llmC = "llmc"
}

/// Where a model is: found from what a user named, before anything large is read.
///
/// Understood are a checkpoint's directory, a directory of checkpoints, a run (`runs/NAME`, its
/// newest checkpoint, or `runs/NAME/best`), a project or its `runs` (the newest run), a directory in
/// Hugging Face's layout, a GGUF file and a file of llm.c.
public struct ModelPlace: Sendable, Equatable {
    /// What is there.
    public let kind: ModelKind
    /// Where to look, the first choice first: of checkpoints the next is taken if one is damaged.
    public let candidates: [URL]

    init(_ kind: ModelKind, _ candidates: [URL]) {
        self.kind = kind
        self.candidates = candidates
    }

    /// Finds the model that a path means.
    ///
    /// - Throws: `PipelineError` if there is none, with what to do.
    public init(_ path: String) throws(PipelineError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        switch FileSystem.kind(of: url) {
        case .file: self = try Self.file(url)
        case .folder: self = try Self.folder(url)
        case .missing: self = try Self.nickname(url)
        }
    }

    // MARK: Files

    private static func file(_ url: URL) throws(PipelineError) -> ModelPlace {
        guard let handle = try? FileHandle(forReadingFrom: url) else {
            throw PipelineError("\(url.path) cannot be read.")
        }
        defer { try? handle.close() }
        let head = (try? handle.read(upToCount: UnexpectedContent.headLength)) ?? Data()
        switch UnexpectedContent(head: head) {
        case .gguf: return ModelPlace(.gguf, [url])
        case .llmC: return ModelPlace(.llmC, [url])
        case .safetensors, .zip, .pickle:
            throw PipelineError(
                "\(url.path) holds weights alone; name its directory, with the config.json beside it."
            )
        case let content?: throw PipelineError("\(url.path) is no model. \(content.sentence)")
        case nil: break
        }
        throw PipelineError(
            "\(url.path) is no model: it is neither a GGUF file nor one of llm.c; directories can be checkpoints, runs, projects or in Hugging Face's layout."
        )
    }

    // MARK: Folders

    private static func folder(_ url: URL) throws(PipelineError) -> ModelPlace {
        if CheckpointOutline.isCheckpoint(url) { return ModelPlace(.checkpoint, [url]) }
        if let checkpoints = checkpoints(of: url) { return ModelPlace(.checkpoint, checkpoints) }
        let names = Set((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [])
        if names.contains("config.json") { return ModelPlace(.huggingFace, [url]) }
        if let run = newestRun(in: url.appendingPathComponent("runs")) ?? newestRun(in: url),
            let checkpoints = checkpoints(of: run)
        {
            return ModelPlace(.checkpoint, checkpoints)
        }
        if names.contains("minigpt.json") || names.contains("runs") {
            throw PipelineError(
                "The project \(url.path) has no model yet", .lookAtStatus
            )
        }
        throw PipelineError(
            "There is no model in \(url.path): no checkpoint, no run, no project, and no config.json with weights",
            .run(.train), .advice("name another place")
        )
    }

    /// The checkpoints of a run, or in a directory of them, the newest first; `nil` if there are none.
    static func checkpoints(of folder: URL) -> [URL]? {
        for place in [folder, folder.appendingPathComponent("checkpoints")] {
            let found = CheckpointOutline.directories(in: place)
            if !found.isEmpty { return found.map(\.standardizedFileURL) }
        }
        return nil
    }

    /// The run in a folder of runs whose newest checkpoint was written last.
    private static func newestRun(in runs: URL) -> URL? {
        runsByAge(in: runs).first
    }

    /// The runs in a folder that have checkpoints, the one that was written to last first.
    static func runsByAge(in runs: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        let dated = names.sorted().compactMap { name -> (url: URL, date: Date)? in
            let run = runs.appendingPathComponent(name, isDirectory: true)
            guard let newest = checkpoints(of: run)?.first else { return nil }
            let manifest = newest.appendingPathComponent("manifest.json").path
            let attributes = try? FileManager.default.attributesOfItem(atPath: manifest)
            return (run, attributes?[.modificationDate] as? Date ?? .distantPast)
        }
        return dated.sorted { ($0.date, $1.url.path) > ($1.date, $0.url.path) }.map(\.url)
    }

    // MARK: What is not a path

    /// `RUN/best` and `RUN/step-00001200`.
    private static func nickname(_ url: URL) throws(PipelineError) -> ModelPlace {
        let run = url.deletingLastPathComponent()
        let name = url.lastPathComponent
        guard let all = checkpoints(of: run) else {
            throw PipelineError("There is no model at \(url.path).")
        }
        if name == "best" {
            let rated = all.compactMap { directory -> (url: URL, loss: Float)? in
                guard let loss = try? CheckpointOutline(of: directory).progress.validationLoss,
                    loss.isFinite
                else { return nil }
                return (directory, loss)
            }
            guard !rated.isEmpty else {
                throw PipelineError(
                    "No checkpoint of \(run.path) has a validation loss, so none is the best; name the run itself for its newest."
                )
            }
            let sorted = rated.sorted { ($0.loss, $0.url.path) < ($1.loss, $1.url.path) }
            return ModelPlace(.checkpoint, sorted.map(\.url))
        }
        if let named = all.first(where: { $0.lastPathComponent == name }) {
            return ModelPlace(.checkpoint, [named])
        }
        let others = all.map(\.lastPathComponent).joined(separator: ", ")
        throw PipelineError("\(run.path) has no checkpoint \(name), only \(others) (and 'best').")
    }
}

extension Project {
    /// Where the model is that a user named: a path, the name of one of the project's runs (also
    /// `NAME/best`), or, without a name, the project's newest run.
    public func modelPath(_ name: String?) -> String {
        guard let name else { return directory.path }
        let run = runs.appendingPathComponent(name)
        let root = runs.appendingPathComponent(
            name.split(separator: "/").first.map(String.init) ?? name)
        let isHere = FileSystem.kind(of: URL(fileURLWithPath: name)) != .missing
        return !isHere && FileSystem.kind(of: root) == .folder ? run.path : name
    }

    /// The project's runs that have checkpoints, the one that was written to last first.
    public var runsWithModels: [URL] { ModelPlace.runsByAge(in: runs) }
}
