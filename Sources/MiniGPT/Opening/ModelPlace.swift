import Foundation
import MiniNN
import MiniSupport

/// Where a model is: found from what a user named, before anything large is read.
///
/// Understood are a checkpoint's directory, a directory of checkpoints, a run (`runs/NAME`, its
/// newest checkpoint, or `runs/NAME/best`), a project or its `runs` (the newest run), a directory in
/// Hugging Face's layout, a GGUF file and a file of llm.c.
public struct ModelPlace: Sendable, Equatable {
    /// The format of the model there.
    public let format: ModelFormat
    /// Where to look, the first choice first: of checkpoints the next is taken if one is damaged.
    public let candidates: [URL]

    init(_ format: ModelFormat, _ candidates: [URL]) {
        self.format = format
        self.candidates = candidates
    }

    /// Finds the model that a path means.
    ///
    /// - Throws: `OpeningError` if there is none, with what to do.
    public init(_ path: String) throws(OpeningError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        switch FileSystem.kind(of: url) {
        case .file: self = try Self.file(url)
        case .folder: self = try Self.folder(url)
        case .missing: self = try Self.nickname(url)
        }
    }

    // MARK: Files

    private static func file(_ url: URL) throws(OpeningError) -> ModelPlace {
        guard let handle = try? FileHandle(forReadingFrom: url) else {
            throw .unreadable(path: url.path)
        }
        defer { try? handle.close() }
        let head = (try? handle.read(upToCount: UnexpectedContent.headLength)) ?? Data()
        switch UnexpectedContent(head: head) {
        case .gguf: return ModelPlace(.gguf, [url])
        case .llmC: return ModelPlace(.llmC, [url])
        case .safetensors, .zip, .pickle: throw .weightsAlone(path: url.path)
        case let content: throw .notAModel(path: url.path, content: content?.sentence)
        }
    }

    // MARK: Folders

    private static func folder(_ url: URL) throws(OpeningError) -> ModelPlace {
        if CheckpointOutline.isCheckpoint(url) { return ModelPlace(.checkpoint, [url]) }
        if let checkpoints = checkpoints(of: url) { return ModelPlace(.checkpoint, checkpoints) }
        let names = Set(FileSystem.names(in: url))
        if names.contains("config.json") { return ModelPlace(.huggingFace, [url]) }
        if let run = newestRun(in: url.appendingPathComponent("runs")) ?? newestRun(in: url),
            let checkpoints = checkpoints(of: run)
        {
            return ModelPlace(.checkpoint, checkpoints)
        }
        if names.contains("minigpt.json") || names.contains("runs") {
            throw .emptyProject(path: url.path)
        }
        throw .noModel(directory: url.path)
    }

    /// The checkpoints of a run, or in a directory of them, the newest first; `nil` if there are none.
    package static func checkpoints(of folder: URL) -> [URL]? {
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
    package static func runsByAge(in runs: URL) -> [URL] {
        let names = FileSystem.names(in: runs)
        let dated = names.sorted().compactMap { name -> (url: URL, date: Date)? in
            let run = runs.appendingPathComponent(name, isDirectory: true)
            guard let newest = checkpoints(of: run)?.first else { return nil }
            let manifest = newest.appendingPathComponent("manifest.json")
            return (run, FileSystem.modificationDate(of: manifest))
        }
        return dated.sorted { ($0.date, $1.url.path) > ($1.date, $0.url.path) }.map(\.url)
    }

    // MARK: What is not a path

    /// `RUN/best` and `RUN/step-00001200`.
    private static func nickname(_ url: URL) throws(OpeningError) -> ModelPlace {
        let run = url.deletingLastPathComponent()
        let name = url.lastPathComponent
        guard let all = checkpoints(of: run) else {
            throw .nothing(path: url.path)
        }
        if name == "best" {
            let rated = all.compactMap { directory -> (url: URL, loss: Float)? in
                guard let loss = try? CheckpointOutline(of: directory).progress.validationLoss,
                    loss.isFinite
                else { return nil }
                return (directory, loss)
            }
            guard !rated.isEmpty else {
                throw .noBest(run: run.path)
            }
            let sorted = rated.sorted { ($0.loss, $0.url.path) < ($1.loss, $1.url.path) }
            return ModelPlace(.checkpoint, sorted.map(\.url))
        }
        if let named = all.first(where: { $0.lastPathComponent == name }) {
            return ModelPlace(.checkpoint, [named])
        }
        throw .noCheckpoint(
            run: run.path, name: name, others: all.map(\.lastPathComponent))
    }
}
