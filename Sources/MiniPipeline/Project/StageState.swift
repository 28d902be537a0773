import Foundation
import MiniGPT

/// How far a stage of a project has come.
public enum StageState: Sendable, Equatable {
    /// Nothing is there.
    case missing
    /// It was begun and not ended; the same command goes on. With what is there, as a sentence.
    case interrupted(String)
    /// What it read has changed since. With what, as a sentence.
    case outdated(StageRecord, String)
    /// A file of it is gone or is not what it was. With which and the way back, as a sentence.
    case damaged(String)
    /// Its files are all there, as they were.
    case done(StageRecord)

    /// Whether its files can be used.
    public var isUsable: Bool {
        switch self {
        case .done, .outdated: true
        case .missing, .interrupted, .damaged: false
        }
    }
}

extension Project {
    /// How far a stage has come. Reads all its files, to compare their checksums.
    ///
    /// - Throws: `PipelineError` if `minigpt.json` is damaged.
    public func state(of stage: Stage) throws(PipelineError) -> StageState {
        try state(of: stage, records: records())
    }

    func state(of stage: Stage, records: [Stage: StageRecord]) throws(PipelineError) -> StageState {
        guard let record = records[stage] else {
            return beginnings(of: stage).map { .interrupted($0) } ?? .missing
        }
        for output in record.outputs {
            if let problem = difference(output) {
                return .damaged("\(output.path) \(problem); \(stage.remedy).")
            }
        }
        for input in record.inputs {
            // Files elsewhere may go their own way.
            guard !input.path.hasPrefix("/") else { continue }
            if difference(input) != nil {
                return .outdated(
                    record, "\(input.path) has changed since; run `\(stage.command)` again.")
            }
        }
        return .done(record)
    }

    /// What is there of a stage that was not ended, as a sentence.
    private func beginnings(of stage: Stage) -> String? {
        switch stage {
        case .clean, .prepare, .tokenizer: return nil
        case .train, .fineTune: return interruptedRun(of: stage).map(sentence)
        case .collect:
            let names = (try? FileManager.default.contentsOfDirectory(atPath: rawData.path)) ?? []
            return names.isEmpty
                ? nil
                : "\(relativePath(rawData)) holds the beginning of a collection; the same `\(stage.command)` goes on."
        }
    }

    /// How far a run has come that is not finished.
    private func sentence(_ run: RunFolder) -> String {
        let place = relativePath(run.url)
        let total = Amount.count(run.file.totalSteps)
        let step = Amount.count(run.savedStep ?? 0)
        if let process = run.trainingProcess {
            return
                "\(place) is being trained by process \(process), and saved at step \(step) of \(total)."
        }
        return
            "\(place) was interrupted at step \(step) of \(total); go on with `\(run.file.stage.command) --resume`."
    }

    /// How a file differs from what was noted of it, or `nil`.
    private func difference(_ record: FileRecord) -> String? {
        let url = record.path.hasPrefix("/") ? URL(fileURLWithPath: record.path) : url(record.path)
        guard let size = (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize else {
            return "is gone"
        }
        guard size == record.bytes else {
            return "has \(size) bytes instead of \(record.bytes)"
        }
        guard let (_, checksum) = try? FileRecord.measure(url), checksum == record.checksum else {
            return "has changed (its checksum is another one)"
        }
        return nil
    }

    /// The record of a stage whose files another one needs.
    ///
    /// - Throws: `PipelineError` with the command to run, if it is not done or damaged.
    @discardableResult
    public func require(_ stage: Stage) throws(PipelineError) -> StageRecord {
        switch try state(of: stage) {
        case .done(let record), .outdated(let record, _):
            return record
        case .damaged(let sentence):
            throw PipelineError(sentence)
        case .interrupted(let sentence):
            throw PipelineError("The stage before this one is not finished: \(sentence)")
        case .missing:
            throw PipelineError(
                "\(directory.path) is not \(stage.title) yet: run `\(stage.command)` first.")
        }
    }
}
