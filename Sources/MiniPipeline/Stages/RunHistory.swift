import Foundation

/// With which settings a whole run has begun its stages in a project, in `run.json`: a stage that was
/// done with the same settings, and whose files stand, is not done again.
struct RunHistory: Codable {
    /// The settings of each stage, by the stage's name. Missing in files of earlier versions.
    private var stages: [String: [String: String]]?

    subscript(stage: Stage) -> [String: String]? {
        get { stages?[stage.rawValue] }
        set { stages = (stages ?? [:]).merging([stage.rawValue: newValue ?? [:]]) { $1 } }
    }

    static func url(in project: Project) -> URL { project.url("run.json") }

    static func read(in project: Project) throws(PipelineError) -> Self {
        let url = url(in: project)
        guard FileManager.default.fileExists(atPath: url.path) else { return Self() }
        return try JSONFile.read(
            Self.self, from: url, remedy: .advice("delete it; then all stages are done again"))
    }
}

extension Project {
    /// What a whole run has to do about a stage.
    public enum Need: Sendable, Equatable {
        /// The stage is done.
        case nothing
        /// The stage has to be done from its beginning.
        case start
        /// The stage was begun with the same settings, and goes on.
        case resume
    }

    /// Whether a stage has to be done: unless a whole run did it with the same settings, and its
    /// files, and those it read, are what they were.
    ///
    /// - Throws: `PipelineError` if the project's own files are damaged.
    public func need(of request: StageRequest) throws(PipelineError) -> Need {
        let isSame = try RunHistory.read(in: self)[request.stage] == request.settings()
        switch try state(of: request.stage) {
        case .done: return isSame ? .nothing : .start
        case .interrupted: return isSame ? .resume : .start
        case .missing, .outdated, .damaged: return .start
        }
    }

    /// Notes that a whole run begins a stage now.
    ///
    /// - Throws: `PipelineError` if `run.json` is damaged or cannot be written.
    public func begin(_ request: StageRequest) throws(PipelineError) {
        var history = try RunHistory.read(in: self)
        let settings = try request.settings()
        guard history[request.stage] != settings else { return }
        history[request.stage] = settings
        try create(directory)
        try JSONFile.write(history, to: RunHistory.url(in: self))
    }
}
