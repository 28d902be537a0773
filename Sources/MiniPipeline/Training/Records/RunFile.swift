import Foundation
import MiniGPT

/// What a run is, as it is noted in its `run.json`.
public struct RunFile: Sendable, Codable, Equatable {
    /// The stage that the run is of.
    public var stage: Stage
    /// The name of its folder.
    public var name: String
    /// The preset the recipe started from.
    public var preset: String?
    /// Everything that was chosen.
    public var recipe: Recipe
    /// The size of the model.
    public var model: GPT.Configuration
    /// How many numbers the model has.
    public var parameters: Int
    /// What it is trained and tested on.
    public var data: PreparedData?
    /// What it runs on.
    public var machine: MachineDescription
    /// How it stands.
    public var state: RunProgress.State
    /// Steps made when this was written.
    public var step: Int
    /// Steps in all.
    public var totalSteps: Int
    /// When it was begun.
    public var started: Date
    /// What it came to.
    public var results: Results?

    /// What a run came to.
    public struct Results: Sendable, Codable, Equatable {
        /// Of the last step, in nats for each token.
        public var loss: Double?
        /// The last one.
        public var validationLoss: Double?
        /// The lowest one.
        public var bestValidationLoss: Double?
        /// The lowest one in bits for each byte.
        public var bitsPerByte: Double?
        /// Of the last steps.
        public var tokensPerSecond: Double?
        /// Seconds of training, all runs together.
        public var elapsedSeconds: Double?
    }

    static let name = RunProgress.fileName
}

/// The folder of a training.
public struct RunFolder: Sendable {
    /// Where it is.
    public let url: URL
    /// Its `run.json`.
    public let file: RunFile

    /// Its name.
    public var name: String { url.lastPathComponent }
    /// Where its checkpoints are.
    public var checkpoints: URL { url.appendingPathComponent("checkpoints") }
    /// A run.
    ///
    /// - Throws: `PipelineError` if it has no `run.json`, or a damaged one.
    public init(_ url: URL) throws(PipelineError) {
        self.url = url
        file = try JSONFile.read(
            RunFile.self, from: url.appendingPathComponent(RunFile.name),
            remedy: .advice("train again under another name"))
    }

    /// How far the run is.
    public var progress: RunProgress? { RunProgress(url) }
}

extension Project {
    /// All runs that can be read, the one that was written to last at the end.
    public func allRuns() -> [RunFolder] { runFolders.compactMap { try? RunFolder($0) } }

    /// The last run of a stage that was begun and not finished.
    public func interruptedRun(of stage: Stage) -> RunFolder? {
        interruption(of: stage).flatMap { try? RunFolder($0.url) }
    }
}
