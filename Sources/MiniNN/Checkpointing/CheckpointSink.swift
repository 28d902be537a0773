import Foundation

/// Where a trainer puts its checkpoints; `CheckpointStore` puts them on the disk.
public protocol CheckpointSink: AnyObject, Sendable {
    /// Refuses to save behind a later checkpoint.
    ///
    /// - Throws: `CheckpointError.laterCheckpoint`.
    func requireNoneLater(than step: Int) throws(CheckpointError)

    /// Saves a checkpoint, and waits until it is safe.
    @discardableResult
    func save(_ checkpoint: Checkpoint) throws(CheckpointError) -> CheckpointReport

    /// Saves a checkpoint in the background; returns at once.
    func saveInBackground(_ checkpoint: Checkpoint)

    /// Whether a checkpoint is being saved in the background, or waits for that.
    var isBusy: Bool { get }

    /// The savings in the background that ended since the last time this was asked.
    func takeOutcomes() -> [CheckpointOutcome]

    /// Waits until nothing is being saved.
    func waitUntilIdle()
}

/// How a saving in the background ended.
public struct CheckpointOutcome: Sendable {
    /// The step of the checkpoint.
    public let step: Int
    /// What was saved, or why not.
    public let result: Result<CheckpointReport, CheckpointError>

    /// The outcome of saving the checkpoint of a step.
    public init(step: Int, result: Result<CheckpointReport, CheckpointError>) {
        self.step = step
        self.result = result
    }
}

/// A checkpoint that was saved.
public struct CheckpointReport: Sendable {
    /// The step after which it was taken.
    public let step: Int
    /// Its directory.
    public let url: URL
    /// Its size in bytes.
    public let bytes: Int
    /// The seconds it took to write it and put it on the disk.
    public let seconds: Double
    /// Why an older checkpoint could not be deleted, if that failed.
    public var leftover: CheckpointError?

    /// A report of a checkpoint.
    public init(step: Int, url: URL, bytes: Int, seconds: Double) {
        self.step = step
        self.url = url
        self.bytes = bytes
        self.seconds = seconds
    }
}
