import Foundation
import MiniGPT

/// What a run is, as it is noted in its `run.json`.
public struct RunFile: Sendable, Codable, Equatable {
    /// How a run stands, as far as it could still say so itself.
    public enum State: String, Sendable, Codable {
        /// It is being trained, or was killed.
        case running
        /// It was stopped and can go on.
        case stopped
        /// All steps are made.
        case finished
        /// It could not go on.
        case failed
    }

    /// Which stage it is of.
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
    public var machine: Machine
    /// How it stands.
    public var state: State
    /// Steps made when this was written.
    public var step: Int
    /// Steps in all.
    public var totalSteps: Int
    /// When it was begun.
    public var started: Date
    /// What it came to.
    public var results: Results?

    /// A machine.
    public struct Machine: Sendable, Codable, Equatable {
        /// The processor's name.
        public var processor: String?
        /// The vector kernels.
        public var kernels: String
        /// The name of the BLAS, its version and kernels.
        public var blas: String
        /// How many threads were used.
        public var threads: Int
        /// What matrix products reach here.
        public var peakGigaflops: Double?
    }

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

    static let name = "run.json"
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
    /// The step of its newest checkpoint.
    public var savedStep: Int? { Checkpoint.directories(in: checkpoints).first?.step }

    /// A run.
    ///
    /// - Throws: `PipelineError` if it has no `run.json`, or a damaged one.
    public init(_ url: URL) throws(PipelineError) {
        self.url = url
        file = try JSONFile.read(
            RunFile.self, from: url.appendingPathComponent(RunFile.name),
            remedy: "train again with another --name")
    }

    /// The process that trains it right now, if there is one.
    public var trainingProcess: Int32? { WriterLock.holder(of: checkpoints) }
}

extension Project {
    /// The folder of a run.
    public func run(_ name: String) -> URL { runs.appendingPathComponent(name) }

    /// All runs that can be read, the one that was written to last at the end.
    public func allRuns() -> [RunFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        let folders = names.sorted().compactMap { try? RunFolder(run($0)) }
        func date(_ folder: RunFolder) -> Date {
            let file = folder.url.appendingPathComponent(RunFile.name)
            let values = try? file.resourceValues(forKeys: [.contentModificationDateKey])
            return values?.contentModificationDate ?? .distantPast
        }
        return folders.map { (date($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The last run of a stage that was begun and not finished.
    public func interruptedRun(of stage: Stage) -> RunFolder? {
        allRuns().last { $0.file.stage == stage && $0.file.state != .finished }
    }
}
