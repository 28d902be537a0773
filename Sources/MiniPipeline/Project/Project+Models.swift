import Foundation
import MiniGPT
import MiniSupport

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
