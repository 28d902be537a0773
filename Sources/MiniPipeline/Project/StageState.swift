import Foundation
import MiniGPT

/// How far a stage of a project has come.
public enum StageState: Sendable, Equatable {
    /// No file of the stage is there.
    case missing
    /// The stage was begun and not ended, and can go on. With what is there of it.
    case interrupted(PipelineError)
    /// What the stage read has changed since it was done. With the file that has.
    case outdated(StageRecord, PipelineError)
    /// A file of it is gone or is not what it was. With which, and the way back.
    case damaged(PipelineError)
    /// All files of the stage are there, as they were.
    case done(StageRecord)

    /// Whether the next stage can use the files of this one.
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
                return .damaged(PipelineError("\(output.path) \(problem)", .repeat(stage)))
            }
        }
        for input in record.inputs {
            // Files elsewhere may go their own way.
            guard !input.path.hasPrefix("/") else { continue }
            if difference(input) != nil {
                return .outdated(
                    record,
                    PipelineError("\(input.path) has changed since", .repeat(stage)))
            }
        }
        return .done(record)
    }

    /// What is there of a stage that was not ended.
    private func beginnings(of stage: Stage) -> PipelineError? {
        switch stage {
        case .clean, .prepare, .tokenizer: return nil
        case .train, .fineTune: return interruption(of: stage).map(problem)
        case .collect:
            let names = (try? FileManager.default.contentsOfDirectory(atPath: rawData.path)) ?? []
            return names.isEmpty
                ? nil
                : PipelineError(
                    "\(relativePath(rawData)) holds the beginning of a collection", .resume(stage))
        }
    }

    /// How far a run has come that is not finished.
    private func problem(_ run: RunProgress) -> PipelineError {
        let place = relativePath(run.url)
        let total = NumberText.count(run.totalSteps)
        let step = NumberText.count(run.savedStep ?? 0)
        if let process = run.trainingProcess {
            return PipelineError(
                "\(place) is being trained by process \(process), and saved at step \(step) of \(total)."
            )
        }
        return PipelineError(
            "\(place) was interrupted at step \(step) of \(total)", .resume(run.stage))
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
    /// - Throws: `PipelineError` with the stage to do, if it is not done or damaged.
    @discardableResult
    public func require(_ stage: Stage) throws(PipelineError) -> StageRecord {
        switch try state(of: stage) {
        case .done(let record), .outdated(let record, _):
            return record
        case .damaged(let error):
            throw error
        case .interrupted(let error):
            throw PipelineError(
                "The stage before this one is not finished: \(error.problem)", error.remedies)
        case .missing:
            throw PipelineError("\(directory.path) is not \(stage.title) yet", .run(stage))
        }
    }
}
