import Foundation

/// The name of a checkpoint's directory: `step-00001200`, or `step-00001200.2` for a second one of
/// that step.
struct CheckpointName: Hashable, Comparable, Sendable, CustomStringConvertible {
    let step: Int
    let revision: Int

    init(step: Int, revision: Int = 1) {
        self.step = step
        self.revision = revision
    }

    /// Reads a name; `nil` if it is that of something else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.hasPrefix("step-"), parts.count <= 2, let step = Int(parts[0].dropFirst(5)),
            let revision = parts.count == 2 ? Int(parts[1]) : 1
        else { return nil }
        self.init(step: step, revision: revision)
        guard description == text else { return nil }
    }

    var description: String {
        let digits = String(step)
        let name = "step-" + String(repeating: "0", count: Swift.max(0, 8 - digits.count)) + digits
        return revision == 1 ? name : "\(name).\(revision)"
    }

    static func < (a: CheckpointName, b: CheckpointName) -> Bool {
        (a.step, a.revision) < (b.step, b.revision)
    }

    /// The next name of the same step.
    var next: CheckpointName { CheckpointName(step: step, revision: revision + 1) }

    /// All checkpoints in a directory, the newest first; none if there is no such directory.
    static func all(in directory: URL) -> [CheckpointName] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.compactMap { CheckpointName($0) }.sorted(by: >)
    }

    /// Whether a name is one of those a writer that was killed leaves: of a checkpoint that was being
    /// written, or deleted.
    static func isLeftover(_ name: String) -> Bool {
        guard name.hasPrefix("."), let cut = name.range(of: ".tmp-") else { return false }
        return CheckpointName(String(name[..<cut.lowerBound].dropFirst())) != nil
    }
}

extension Checkpoint {
    /// The checkpoints under a directory by their steps, the newest first, whole or not. Nothing of
    /// them is read.
    package static func directories(in directory: URL) -> [(step: Int, url: URL)] {
        CheckpointName.all(in: directory).map {
            ($0.step, directory.appendingPathComponent($0.description, isDirectory: true))
        }
    }
}
