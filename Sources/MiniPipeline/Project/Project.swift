import Foundation
import MiniGPT

/// A directory in which a text becomes a model, stage by stage.
///
///     data/raw/documents.jsonl         what was collected, with source and licence
///     data/raw/text.txt                the same as one text
///     data/processed/documents.jsonl   what was worth keeping
///     data/processed/text.txt          the same as one text
///     data/processed/*.tokens          its tokens, to train on and to test on
///     models/tokenizer.json            the tokenizer
///     runs/NAME/                       a training: checkpoints, metrics, report
///     minigpt.json                     which stages are done, and the checksums of their files
///
/// Every file appears whole or not at all, and `minigpt.json` is written last, so whatever a stage
/// was interrupted in, the stages before it stand.
public struct Project: Sendable {
    /// The project's directory.
    public let directory: URL

    /// The project in a directory, whether it has been begun or not.
    public init(_ directory: URL) { self.directory = directory.standardizedFileURL }

    /// The folder `data/raw`, of what was collected.
    public var rawData: URL { url("data/raw") }
    /// The folder `data/processed`, of what was cleaned and prepared.
    public var processedData: URL { url("data/processed") }
    /// The folder `models`, of the tokenizer.
    public var models: URL { url("models") }
    /// The folder `runs`, of the trainings.
    public var runs: URL { url("runs") }
    /// The file `minigpt.json`, which records the stages that are done.
    public var file: URL { url("minigpt.json") }
    /// The file `models/tokenizer.json`.
    public var tokenizer: URL { url("models/tokenizer.json") }
    /// The file `data/processed/train.tokens`.
    public var trainingTokens: URL { url("data/processed/train.tokens") }
    /// The file `data/processed/validation.tokens`.
    public var validationTokens: URL { url("data/processed/validation.tokens") }

    /// The documents that a stage leaves: `.collect` or `.clean`.
    public func documents(of stage: Stage) -> URL { folder(of: stage, "documents.jsonl") }

    /// The documents of a stage, `.collect` or `.clean`, as one text.
    public func text(of stage: Stage) -> URL { folder(of: stage, "text.txt") }

    private func folder(of stage: Stage, _ name: String) -> URL {
        (stage == .collect ? rawData : processedData).appendingPathComponent(name)
    }

    /// A place in the project.
    public func url(_ path: String) -> URL { directory.appendingPathComponent(path) }

    /// The path of a file as seen from the project's directory, if it is in there.
    public func relativePath(_ url: URL) -> String {
        let path = url.standardizedFileURL.path
        let prefix = directory.path + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// Makes a folder of the project if it is not there.
    public func create(_ folder: URL) throws(PipelineError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw PipelineError(
                "The folder \(folder.path) cannot be made: \(error.localizedDescription)")
        }
    }

    // MARK: Records

    private struct Records: Codable {
        var version = 1
        var stages: [String: StageRecord] = [:]
    }

    /// What is noted of the stages that were done.
    ///
    /// - Throws: `PipelineError` if `minigpt.json` is damaged.
    public func records() throws(PipelineError) -> [Stage: StageRecord] {
        let records = try readRecords()
        return Dictionary(
            uniqueKeysWithValues: records.stages.compactMap { name, record in
                Stage(rawValue: name).map { ($0, record) }
            })
    }

    private func readRecords() throws(PipelineError) -> Records {
        guard FileManager.default.fileExists(atPath: file.path) else { return Records() }
        let collection = relativePath(documents(of: .collect))
        let records = try JSONFile.read(
            Records.self, from: file,
            remedy: .advice(
                "delete it and do the stages again, from '\(Stage.clean.rawValue)' on if \(collection) is whole"
            ))
        guard records.version == 1 else {
            throw PipelineError(
                "\(file.path) has version \(records.version), which this program does not know; use a newer version of MiniGPT."
            )
        }
        return records
    }

    /// Notes down that a stage is done, with the checksums of the files it read and left.
    @discardableResult
    public func record(
        _ stage: Stage, settings: [String: String] = [:], facts: [String: Double] = [:],
        inputs: [URL] = [], outputs: [URL]
    ) throws(PipelineError) -> StageRecord {
        var record = StageRecord(settings: settings, facts: facts)
        for url in inputs { record.inputs.append(try FileRecord(url, in: self)) }
        for url in outputs { record.outputs.append(try FileRecord(url, in: self)) }
        var records = try readRecords()
        records.stages[stage.rawValue] = record
        try create(directory)
        try JSONFile.write(records, to: file)
        return record
    }

    /// Forgets that a stage was done, before its files are replaced.
    public func forget(_ stage: Stage) throws(PipelineError) {
        var records = try readRecords()
        guard records.stages.removeValue(forKey: stage.rawValue) != nil else { return }
        try JSONFile.write(records, to: file)
    }

    /// Keeps the project to one writer for as long as the result lives.
    ///
    /// - Throws: `PipelineError` while another process works on it.
    public func lock() throws(PipelineError) -> ProjectLock {
        try create(directory)
        return try ProjectLock(self)
    }
}

/// The right to write in a project, until it is let go.
public final class ProjectLock: Sendable {
    private let lock: WriterLock

    init(_ project: Project) throws(PipelineError) {
        do throws(WriterLock.Failure) {
            lock = try WriterLock(project.directory)
        } catch {
            guard case .locked(_, let process) = error else {
                throw PipelineError("\(project.directory.path) cannot be locked: \(error)")
            }
            let who = process.map { "process \($0)" } ?? "another process"
            throw PipelineError(
                "\(who) is working on \(project.directory.path) right now; wait until it is done.")
        }
    }
}
