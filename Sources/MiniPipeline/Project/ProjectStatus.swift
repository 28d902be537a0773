import Foundation

/// How far a project has come, and what comes next.
public struct ProjectStatus: Sendable {
    /// How far one stage has come.
    public struct Entry: Sendable {
        /// The stage that the entry is about.
        public var stage: Stage
        /// The stage as a thing that has been done: "collected".
        public var title: String
        /// "missing", "interrupted", "outdated", "damaged" or "done".
        public var state: String
        /// What is wrong with it, and what helps.
        public var problem: PipelineError?
        /// When the stage was done.
        public var finished: Date?
        /// The size of the stage's files, in bytes.
        public var bytes: Int?
        /// Figures of the result by name: "documents", "validationLoss".
        public var facts: [String: Double]
    }

    /// The project's directory.
    public var directory: String
    /// How far each stage is, in order.
    public var stages: [Entry]
    /// Whether there is a model to talk to.
    public var isReadyToServe: Bool
    /// What to do next in the project.
    public var next: Next

    /// What a user of a project can do next.
    public enum Next: Sendable, Equatable {
        /// Do a stage.
        case run(Stage)
        /// Go on with a stage that was interrupted.
        case resume(Stage)
        /// Talk to the model: all stages are done.
        case chat
    }
}

extension Project {
    /// How far the project has come. Reads all its files, to compare their checksums.
    ///
    /// - Throws: `PipelineError` if `minigpt.json` is damaged.
    public func status() throws(PipelineError) -> ProjectStatus {
        let records = try records()
        var entries: [ProjectStatus.Entry] = []
        var next: ProjectStatus.Next?
        for stage in Stage.allCases {
            let state = try state(of: stage, records: records)
            entries.append(ProjectStatus.Entry(stage, state))
            guard next == nil, stage != .fineTune else { continue }
            switch state {
            case .done: break
            case .interrupted where stage == .train: next = .resume(stage)
            default: next = .run(stage)
            }
        }
        let isReady = entries.contains { $0.stage == .train && $0.state == "done" }
        return ProjectStatus(
            directory: directory.path, stages: entries, isReadyToServe: isReady,
            next: next ?? .chat)
    }
}

extension ProjectStatus.Entry {
    init(_ stage: Stage, _ state: StageState) {
        self.stage = stage
        title = stage.title
        facts = [:]
        switch state {
        case .missing: self.state = "missing"
        case .interrupted(let error): (self.state, problem) = ("interrupted", error)
        case .damaged(let error): (self.state, problem) = ("damaged", error)
        case .outdated(let record, let error):
            (self.state, problem) = ("outdated", error)
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
