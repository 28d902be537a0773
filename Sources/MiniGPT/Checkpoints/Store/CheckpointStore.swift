import Dispatch
import Foundation
import MiniSupport
import Synchronization

/// A directory of checkpoints that one training writes to.
///
///     let store = try CheckpointStore(directory: directory)
///     try store.save(checkpoint)
///     if let loaded = try store.loadLatest() { … }
///
/// A checkpoint is written under a temporary name, every file of it put on the disk, renamed, and the
/// directory put on the disk; only then are older ones deleted. So at any moment, even when the power
/// fails, the newest checkpoint under its name is whole, and so is the one before it.
public final class CheckpointStore: CheckpointSink {
    /// Where the checkpoints are.
    public let directory: URL
    /// How many of the newest are kept.
    public let keepLast: Int
    /// Whether the one with the lowest validation loss is kept as well.
    public let keepBest: Bool

    let files: any FileOperations
    private let lock: WriterLock
    let queue = DispatchQueue(label: "MiniGPT.CheckpointStore", qos: .utility)
    let background = Background()
    /// What is known of the checkpoints in the directory.
    private let known = Mutex<[CheckpointName: Known]>([:])

    /// Whether a checkpoint is sound as far as its manifest tells, and how good its model is.
    private enum Known {
        case sound(validationLoss: Float?)
        case damaged
    }

    /// Opens a directory for writing, and makes it if it is not there. What a writer that was killed
    /// left half-finished is deleted.
    ///
    /// - Parameters:
    ///   - keepLast: how many of the newest checkpoints to keep, at least 1. With 2, the newest can be
    ///     damaged by the disk and the training is still not lost.
    ///   - keepBest: whether to keep the one with the lowest validation loss as well.
    /// - Throws: `CheckpointError`; `.locked` while somebody else writes to the directory.
    public convenience init(
        directory: URL, keepLast: Int = 2, keepBest: Bool = true
    ) throws(CheckpointError) {
        try self.init(
            directory: directory, keepLast: keepLast, keepBest: keepBest,
            files: SystemFileOperations())
    }

    package init(
        directory: URL, keepLast: Int = 2, keepBest: Bool = true, files: any FileOperations
    ) throws(CheckpointError) {
        precondition(
            keepLast >= 1, "A store keeps at least 1 checkpoint, but keepLast is \(keepLast).")
        let directory = directory.standardizedFileURL
        try asCheckpointError(on: directory.path) { () throws(FileOperationFailure) in
            try files.createDirectory(directory.path)
            try files.synchronizeDirectory(directory.deletingLastPathComponent().path)
        }
        do throws(WriterLock.Failure) {
            lock = try WriterLock(directory)
        } catch {
            throw CheckpointError(error)
        }
        self.directory = directory
        self.keepLast = keepLast
        self.keepBest = keepBest
        self.files = files
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        for name in names where CheckpointName.isLeftover(name) {
            // What cannot be deleted is in nobody's way.
            try? delete(directory.appendingPathComponent(name).path)
        }
    }

    /// The directories of all checkpoints, the newest first, whole or not.
    public var checkpoints: [URL] { CheckpointName.all(in: directory).map(url) }

    func url(_ name: CheckpointName) -> URL {
        directory.appendingPathComponent(name.description, isDirectory: true)
    }

    // MARK: Saving

    /// Writes a checkpoint, and waits until it is on the disk.
    ///
    /// - Throws: `CheckpointError`; what was there before is there still.
    /// - Returns: where it is, and what it took.
    @discardableResult
    public func save(_ checkpoint: Checkpoint) throws(CheckpointError) -> CheckpointReport {
        // Through the queue, so that two savings never mix.
        try queue.sync { Result { () throws(CheckpointError) in try write(checkpoint) } }.get()
    }

    /// Writes a checkpoint, on the queue.
    func write(_ checkpoint: Checkpoint) throws(CheckpointError) -> CheckpointReport {
        let clock = ContinuousClock()
        let start = clock.now
        let step = checkpoint.progress.step
        try requireNoneLater(than: step)
        var name = CheckpointName(step: step)
        while access(url(name).path, F_OK) == 0 { name = name.next }

        let temporary = directory.appendingPathComponent(temporaryName(for: name.description)).path
        let manifest: CheckpointManifest
        do {
            try asCheckpointError(on: temporary) { () throws(FileOperationFailure) in
                try files.createDirectory(temporary)
            }
            manifest = try CheckpointWriter.write(checkpoint, to: temporary, files: files)
            try asCheckpointError(on: url(name).path) { () throws(FileOperationFailure) in
                try files.synchronizeDirectory(temporary)
                try files.rename(temporary, to: url(name).path)
            }
        } catch {
            // The error that matters is the first one; leftovers are cleared away at the next start.
            try? delete(temporary)
            throw error
        }
        try asCheckpointError(on: directory.path) { () throws(FileOperationFailure) in
            try files.synchronizeDirectory(directory.path)
        }
        known.withLock {
            $0[name] = .sound(validationLoss: checkpoint.progress.validationLoss)
        }
        var report = CheckpointReport(
            step: step, url: url(name), bytes: manifest.files.reduce(0) { $0 + $1.bytes },
            seconds: (clock.now - start) / .seconds(1))
        // The checkpoint is safe; that an old one could not be deleted does not change that.
        do {
            try deleteOld()
        } catch {
            report.leftover = error
        }
        return report
    }

    /// Refuses to write behind a later checkpoint: it would be the first to be deleted.
    ///
    /// - Throws: `CheckpointError.laterCheckpoint`.
    public func requireNoneLater(than step: Int) throws(CheckpointError) {
        for name in CheckpointName.all(in: directory) where name.step > step {
            guard case .sound = knowledge(of: name) else { continue }
            throw .laterCheckpoint(
                directory: directory.path, name: name.description, step: step)
        }
    }

    private func knowledge(of name: CheckpointName) -> Known {
        if let known = known.withLock({ $0[name] }) { return known }
        let result: Known
        do {
            let manifest = try CheckpointReader(url(name)).manifest
            result = .sound(validationLoss: manifest.progress.validationLoss)
        } catch {
            result = .damaged
        }
        known.withLock { $0[name] = result }
        return result
    }

    // MARK: Deleting

    /// Deletes what is older than the last ones to keep, but for the best. Those known to be damaged
    /// do not count.
    private func deleteOld() throws(CheckpointError) {
        let names = CheckpointName.all(in: directory)
        var sound: [(name: CheckpointName, loss: Float?)] = []
        for name in names {
            if case .sound(let loss) = knowledge(of: name) { sound.append((name, loss)) }
        }
        guard sound.count > keepLast else { return }
        let oldest = sound[keepLast - 1].name
        // Of equally good ones the first is the best, as it is for the trainer.
        let best = sound.filter { $0.loss?.isFinite ?? false }.min {
            ($0.loss ?? .infinity, $0.name.step) < ($1.loss ?? .infinity, $1.name.step)
        }
        for name in names where name < oldest && !(keepBest && name == best?.name) {
            // Under its own name it must never be seen half-deleted.
            let path = url(name).path
            let temporary = directory.appendingPathComponent(
                temporaryName(for: name.description)
            ).path
            try asCheckpointError(on: path) { () throws(FileOperationFailure) in
                try files.rename(path, to: temporary)
            }
            known.withLock { $0[name] = nil }
            try delete(temporary)
        }
    }

    /// Deletes a directory of plain files.
    private func delete(_ path: String) throws(CheckpointError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        try asCheckpointError(on: path) { () throws(FileOperationFailure) in
            for name in names { try files.remove("\(path)/\(name)") }
            try files.removeDirectory(path)
        }
    }

    // MARK: Loading

    /// Loads the newest checkpoint that is whole.
    ///
    /// - Returns: `nil` if there is no checkpoint at all.
    /// - Throws: `CheckpointError.noneIsWhole` if there are some and none can be used.
    public func loadLatest() throws(CheckpointError) -> LoadedCheckpoint? {
        waitUntilIdle()
        let loaded: LoadedCheckpoint?
        do {
            loaded = try Checkpoint.latest(in: directory)
        } catch {
            if case .noneIsWhole(_, let skipped) = error { note(skipped) }
            throw error
        }
        note(loaded?.skipped ?? [])
        return loaded
    }

    /// From now on these do not count among those to keep.
    private func note(_ skipped: [SkippedCheckpoint]) {
        known.withLock { known in
            for name in skipped.compactMap({ CheckpointName($0.name) }) { known[name] = .damaged }
        }
    }
}

/// A checkpoint that was found, and the newer ones that could not be used.
public struct LoadedCheckpoint: Sendable {
    /// What was loaded, every byte of it compared with its checksum.
    public let checkpoint: Checkpoint
    /// Its directory.
    public let url: URL
    /// Newer ones that are not whole, and why.
    public let skipped: [SkippedCheckpoint]
}

extension Checkpoint {
    /// Loads the newest checkpoint of a directory that is whole. Nothing is locked, so this works
    /// beside a training.
    ///
    /// - Returns: `nil` if there is no checkpoint at all.
    /// - Throws: `CheckpointError.noneIsWhole` if there are some and none can be used.
    public static func latest(in directory: URL) throws(CheckpointError) -> LoadedCheckpoint? {
        var skipped: [SkippedCheckpoint] = []
        // A training may delete what is being read. It has written something newer then: look again.
        for _ in 0..<3 {
            let names = CheckpointName.all(in: directory)
            if names.isEmpty { return nil }
            skipped = []
            for name in names {
                let url = directory.appendingPathComponent(name.description, isDirectory: true)
                do throws(CheckpointError) {
                    return LoadedCheckpoint(
                        checkpoint: try Checkpoint(contentsOf: url), url: url, skipped: skipped)
                } catch {
                    skipped.append(SkippedCheckpoint(name: name.description, reason: error))
                }
            }
            if CheckpointName.all(in: directory) == names { break }
        }
        throw .noneIsWhole(directory: directory.path, skipped: skipped)
    }
}
