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
    /// The sizes of the model and how it is trained.
    public var recipe: Recipe
    /// The size of the model.
    public var model: GPT.Configuration
    /// How many numbers the model has.
    public var parameters: Int
    /// The sizes of the texts it is trained and validated on.
    public var data: PreparedData?
    /// The machine that the training runs on.
    public var machine: MachineDescription
    /// How the run stands.
    public var state: RunProgress.State
    /// How many steps had been made when this was written.
    public var step: Int
    /// How many steps the whole training has.
    public var totalSteps: Int
    /// When the training was begun.
    public var started: Date
    /// The figures of the training when it ended.
    public var results: Results?

    /// What a run came to.
    public struct Results: Sendable, Codable, Equatable {
        /// The training loss of the last step, in nats for each token.
        public var loss: Double?
        /// The last validation loss, in nats for each token.
        public var validationLoss: Double?
        /// The lowest validation loss, in nats for each token.
        public var bestValidationLoss: Double?
        /// The lowest validation loss in bits for each byte of text.
        public var bitsPerByte: Double?
        /// The speed over the last steps, in tokens a second.
        public var tokensPerSecond: Double?
        /// Seconds of training, all runs together.
        public var elapsedSeconds: Double?
    }

    static let name = RunProgress.fileName
}

/// The folder of a training.
public struct RunFolder: Sendable {
    /// The run's folder.
    public let url: URL
    /// What the run's `run.json` says.
    public let file: RunFile

    /// The run's name.
    public var name: String { url.lastPathComponent }
    /// The folder of the run's checkpoints.
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
