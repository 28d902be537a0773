import Foundation

/// How far a project has come, and what comes next.
public struct ProjectStatus: Sendable, Codable {
    /// One stage.
    public struct Entry: Sendable, Codable {
        /// "collect"
        public var stage: Stage
        /// "collected"
        public var title: String
        /// "missing", "interrupted", "outdated", "damaged" or "done".
        public var state: String
        /// What is wrong and what to do, as a sentence.
        public var problem: String?
        /// When it was done.
        public var finished: Date?
        /// How large its files are.
        public var bytes: Int?
        /// What is worth knowing of it.
        public var facts: [String: Double]
    }

    /// The project's directory.
    public var directory: String
    /// All stages in order.
    public var stages: [Entry]
    /// Whether there is a model to talk to.
    public var isReadyToServe: Bool
    /// The command that comes next.
    public var next: String?
}

extension Project {
    /// How far the project has come. Reads all its files, to compare their checksums.
    ///
    /// - Throws: `PipelineError` if `minigpt.json` is damaged.
    public func status() throws(PipelineError) -> ProjectStatus {
        let records = try records()
        var entries: [ProjectStatus.Entry] = []
        var next: String?
        for stage in Stage.allCases {
            let state = try state(of: stage, records: records)
            entries.append(ProjectStatus.Entry(stage, state))
            guard next == nil, stage != .fineTune else { continue }
            switch state {
            case .done: break
            case .interrupted where stage == .train: next = stage.command + " --resume"
            case .missing where stage == .collect: next = "minigpt collect --help"
            default: next = stage.command
            }
        }
        let isReady = entries.contains { $0.stage == .train && $0.state == "done" }
        return ProjectStatus(
            directory: directory.path, stages: entries, isReadyToServe: isReady,
            next: next ?? "minigpt chat")
    }
}

extension ProjectStatus.Entry {
    init(_ stage: Stage, _ state: StageState) {
        self.stage = stage
        title = stage.title
        facts = [:]
        switch state {
        case .missing: self.state = "missing"
        case .interrupted(let sentence): (self.state, problem) = ("interrupted", sentence)
        case .damaged(let sentence): (self.state, problem) = ("damaged", sentence)
        case .outdated(let record, let sentence):
            (self.state, problem) = ("outdated", sentence)
            take(record)
        case .done(let record):
            self.state = "done"
            take(record)
        }
    }

    private mutating func take(_ record: StageRecord) {
        finished = record.finished
        bytes = record.outputs.reduce(0) { $0 + $1.bytes }
        facts = record.facts
    }
}
