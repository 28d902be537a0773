import Foundation
import MiniGPT

/// How far a training is: what its `run.json` says without the rest, and its checkpoints.
public struct RunProgress: Sendable {
    /// How a run stands, as far as it could still say so itself.
    public enum State: String, Sendable, Codable {
        /// The training is going on, or its process was killed.
        case running
        /// The training was stopped and can go on.
        case stopped
        /// All steps of the training are made.
        case finished
        /// The training failed.
        case failed
    }

    /// The folder of the run.
    public let url: URL
    /// The stage that the run is of.
    public let stage: Stage
    /// How the run stands.
    public let state: State
    /// How many steps the whole training has.
    public let totalSteps: Int

    /// The name of the file that describes a run, in its folder.
    static let fileName = "run.json"

    private struct File: Decodable {
        var stage: Stage
        var state: State
        var totalSteps: Int
    }

    /// The run in a folder; `nil` if it has no `run.json`, or a damaged one.
    init?(_ url: URL) {
        let path = url.appendingPathComponent(Self.fileName)
        guard let data = try? Data(contentsOf: path),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return nil }
        (stage, state, totalSteps) = (file.stage, file.state, file.totalSteps)
        self.url = url
    }

    /// The folder of the run's checkpoints.
    public var checkpoints: URL { url.appendingPathComponent("checkpoints") }
    /// The step of the newest checkpoint.
    public var savedStep: Int? { Checkpoint.directories(in: checkpoints).first?.step }
    /// The process that trains the run right now, if there is one.
    public var trainingProcess: Int32? { WriterLock.holder(of: checkpoints) }
}

extension Project {
    /// The folder of a run.
    public func run(_ name: String) -> URL { runs.appendingPathComponent(name) }

    /// The folders of all runs with a `run.json`, the one that was written to last at the end.
    var runFolders: [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        func date(_ folder: URL) -> Date? {
            let file = folder.appendingPathComponent(RunProgress.fileName)
            let values = try? file.resourceValues(forKeys: [.contentModificationDateKey])
            return values?.contentModificationDate
        }
        return names.sorted().map(run).compactMap { url in date(url).map { ($0, url) } }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The last run of a stage that was begun and not finished.
    func interruption(of stage: Stage) -> RunProgress? {
        runFolders.compactMap(RunProgress.init).last { $0.stage == stage && $0.state != .finished }
    }
}
