import Foundation

/// Which commands `minigpt run` has given in a project, in `run.json`: a stage that was done by the
/// same command, and whose files stand, is not done again.
struct PathMemory: Codable {
    /// The words of the command of each stage.
    var commands: [String: [String]] = [:]

    private static let remedy = "delete it; then `minigpt run` does all stages again"

    static func url(in project: Project) -> URL { project.url("run.json") }

    static func read(in project: Project) throws(PipelineError) -> Self {
        let url = url(in: project)
        guard FileManager.default.fileExists(atPath: url.path) else { return Self() }
        return try JSONFile.read(Self.self, from: url, remedy: remedy)
    }
}

extension Project {
    /// What `minigpt run` has to do about a step.
    public enum Need: Sendable, Equatable {
        /// It is done.
        case nothing
        /// The command.
        case start
        /// The command was begun and goes on.
        case goOn
    }

    /// Whether a step has to be done: unless the same command did it and its files, and those it
    /// read, are what they were.
    ///
    /// - Throws: `PipelineError` if the project's own files are damaged.
    public func need(of step: WholePath.Step) throws(PipelineError) -> Need {
        let isSame = try PathMemory.read(in: self).commands[step.stage.rawValue] == step.arguments
        switch try state(of: step.stage) {
        case .done: return isSame ? .nothing : .start
        case .interrupted: return isSame ? .goOn : .start
        case .missing, .outdated, .damaged: return .start
        }
    }

    /// Notes that a step is begun now.
    public func begin(_ step: WholePath.Step) throws(PipelineError) {
        var memory = try PathMemory.read(in: self)
        guard memory.commands[step.stage.rawValue] != step.arguments else { return }
        memory.commands[step.stage.rawValue] = step.arguments
        try create(directory)
        try JSONFile.write(memory, to: PathMemory.url(in: self))
    }
}
