import MiniSupport

/// Why a checkpoint could not be written, read or used.
public enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused a file operation.
    case file(path: String, problem: String)
    /// A file is not as it was written.
    case damaged(path: String, problem: String)
    /// Another program, or another part of this one, writes to the directory.
    case locked(directory: String, process: String?)
    /// There are checkpoints, but none is whole.
    case noneIsWhole(directory: String, skipped: [SkippedCheckpoint])
    /// The directory holds a checkpoint of a later step than the training has made.
    case laterCheckpoint(directory: String, name: String, step: Int)
    /// The training is not the one the checkpoint was made in.
    case changed([SettingChange])
    /// The model of the checkpoint is of another size or kind than the one to be trained on.
    case otherModel([SettingChange])
    /// The optimizer of the checkpoint is of another kind, or has followed another model.
    case otherOptimizer(String)

    /// The error as a sentence that names the file and says what to do.
    public var description: String {
        switch self {
        case .file(let path, let problem):
            return "\(path): \(problem)"
        case .damaged(let path, let problem):
            return "\(path) is damaged: \(problem)"
        case .locked(let directory, let process):
            let who = process.map { "process \($0)" } ?? "another process"
            return
                "The checkpoints in \(directory) are being written by \(who); wait until it ends, or use another directory."
        case .noneIsWhole(let directory, let skipped):
            let lines = skipped.map { "  \($0)" }.joined(separator: "\n")
            return
                "No checkpoint in \(directory) is whole; restore one from elsewhere, or start anew in another directory:\n\(lines)"
        case .laterCheckpoint(let directory, let name, let step):
            return
                "\(directory) holds \(name), but the training stands at step \(step): go on from that checkpoint, delete it, or use another directory."
        case .changed(let changes):
            return
                "With these settings it would not be the same training: \(Self.list(changes)). Go back to the old ones, start anew in another directory, or allow the changes."
        case .otherOptimizer(let problem):
            return
                "The checkpoint's optimizer does not fit: \(problem). Use the optimizer it was made with, or start anew in another directory."
        case .otherModel(let changes):
            return
                "The checkpoint holds another model: \(Self.list(changes)). Go back to the old values, or start anew in another directory."
        }
    }

    private static func list(_ changes: [SettingChange]) -> String {
        changes.map(\.description).joined(separator: "; ")
    }
}

/// A checkpoint that was passed over because it is not whole.
public struct SkippedCheckpoint: Error, Equatable, Sendable, CustomStringConvertible {
    /// Its directory.
    public let name: String
    /// What is wrong with it.
    public let reason: CheckpointError

    /// A checkpoint that cannot be used, and why.
    public init(name: String, reason: CheckpointError) {
        self.name = name
        self.reason = reason
    }

    /// The name and the reason.
    public var description: String { "\(name): \(reason)" }
}
