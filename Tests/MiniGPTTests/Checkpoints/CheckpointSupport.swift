import Foundation
import Testing

@testable import MiniGPT

/// A checkpoint of a few hundred numbers, each of them random.
func tinyCheckpoint(step: Int = 3, seed: UInt64 = 1, validationLoss: Float? = nil) -> Checkpoint {
    var generator = SplitMix64(seed: seed)
    let model = randomModel(
        .init(vocabularySize: 5, contextLength: 4, layers: 1, heads: 1, width: 4), seed: seed)
    var optimizer = AdamW(
        learningRate: .cosine(peak: 1e-3, warmup: 3, total: 100, floor: 1e-4), weightDecay: 0.1)
    var state = OptimizerState(kind: AdamW.kind)
    state.integers["step"] = step
    for (name, value) in model.parameters {
        state.tensors["first", default: [:]][name] = .normal(value.shape, using: &generator)
        state.tensors["second", default: [:]][name] = .normal(value.shape, using: &generator)
    }
    do throws(CheckpointError) {
        try state.restore(&optimizer, of: model)
    } catch {
        Issue.record(error)
    }
    return Checkpoint(
        model: model, optimizer: optimizer,
        progress: .init(
            step: step, seed: .max - seed, tokensSeen: 12 * step, validationLoss: validationLoss,
            bestValidationLoss: validationLoss, bestStep: validationLoss.map { _ in step }),
        options: .init(), settings: TrainingSettings(["batch size": "12", "seed": "1"]),
        tokenizer: SavedTokenizer(CharacterTokenizer(alphabetOf: "abcde")))
}

private func haveSameBits(_ a: Tensor, _ b: Tensor) -> Bool {
    a.shape == b.shape && a.scalars.map(\.bitPattern) == b.scalars.map(\.bitPattern)
}

/// Whether the tensors are the same by name, bit by bit, in any order.
private func areSame(
    _ a: [(name: String, value: Tensor)], _ b: [(name: String, value: Tensor)]
) -> Bool {
    a.count == b.count
        && zip(a.sorted { $0.name < $1.name }, b.sorted { $0.name < $1.name }).allSatisfy {
            $0.name == $1.name && haveSameBits($0.value, $1.value)
        }
}

/// Whether two checkpoints hold the same, bit by bit.
func areSame(_ a: Checkpoint, _ b: Checkpoint) -> Bool {
    let (first, second) = (a.optimizer, b.optimizer)
    return areSame(a.model.parameters, b.model.parameters)
        && a.model.kind == b.model.kind && a.model.configuration == b.model.configuration
        && a.model.settings == b.model.settings
        && first.kind == second.kind && first.integers == second.integers
        && first.numbers == second.numbers
        && first.tensors.keys.sorted() == second.tensors.keys.sorted()
        && first.tensors.allSatisfy { name, tensors in
            areSame(
                tensors.map { (name: $0.key, value: $0.value) },
                (second.tensors[name] ?? [:]).map { (name: $0.key, value: $0.value) })
        }
        && a.progress == b.progress && a.options == b.options && a.settings == b.settings
        && a.tokenizer == b.tokenizer && a.machine == b.machine
}

/// The error of `body`, or `nil`.
func checkpointError(_ body: () throws -> Void) -> CheckpointError? {
    do {
        try body()
        return nil
    } catch let error as CheckpointError {
        return error
    } catch {
        Issue.record("\(error) is not a CheckpointError.")
        return nil
    }
}

/// File operations of which some fail, or after which everything does, as if the process had ended.
///
/// It also knows what a power cut would leave: `cutPower()` takes away what was not put on the disk.
final class FaultyFiles: FileOperations, @unchecked Sendable {
    enum Fault: CaseIterable {
        /// The operation fails, those after it do not.
        case error
        /// The disk is full from here on: nothing more can be made or written, but deleted.
        case full
        /// A write is done by half, and the program asks again.
        case shortWrite
        /// The process ends after the operation.
        case deathAfter
        /// The process ends in the middle of a write.
        case deathInside

        var isDeath: Bool { self == .deathAfter || self == .deathInside }

        /// Whether it makes a difference to such an operation.
        func canHit(_ call: String) -> Bool {
            switch self {
            case .error, .deathAfter: true
            case .full: ["create", "write", "createDirectory"].contains(call)
            case .shortWrite, .deathInside: call == "write"
            }
        }
    }

    private let real = SystemFileOperations()
    private let number: Int
    private let fault: Fault
    private(set) var calls: [String] = []
    private var isDead = false
    // What a power cut would undo.
    private var paths: [Int32: String] = [:]
    private var unsynced: Set<String> = []
    private var unsyncedNames: [(directory: String, undo: () -> Void)] = []

    init(_ fault: Fault = .error, at number: Int = .max) {
        self.fault = fault
        self.number = number
    }

    private func run<Result>(
        _ call: String, _ body: () throws(FileOperationFailure) -> Result
    ) throws(FileOperationFailure) -> Result {
        let index = calls.count
        calls.append(call)
        if isDead { throw FileOperationFailure("tested", EIO) }
        switch fault {
        case .error where index == number:
            throw FileOperationFailure("tested", EIO)
        case .full where index >= number && fault.canHit(call):
            throw FileOperationFailure("tested", ENOSPC)
        case .deathAfter where index == number, .deathInside where index == number:
            isDead = true
            _ = try body()
            throw FileOperationFailure("tested", EIO)
        default:
            return try body()
        }
    }

    func create(_ path: String) throws(FileOperationFailure) -> Int32 {
        try run("create") { () throws(FileOperationFailure) in
            let descriptor = try real.create(path)
            paths[descriptor] = path
            unsynced.insert(path)
            noteName(path) { unlink(path) }
            return descriptor
        }
    }
    func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
    ) throws(FileOperationFailure) -> Int {
        let isHalf = calls.count == number && (fault == .shortWrite || fault == .deathInside)
        let part = UnsafeRawBufferPointer(
            rebasing: bytes[0..<(isHalf ? Swift.max(1, bytes.count / 2) : bytes.count)])
        return try run("write") { () throws(FileOperationFailure) in
            try real.write(part, to: descriptor)
        }
    }
    func synchronize(_ descriptor: Int32) throws(FileOperationFailure) {
        try run("synchronize") { () throws(FileOperationFailure) in
            // Not for real: no test cuts the power for real, and disks are slow.
            if let path = paths[descriptor] { unsynced.remove(path) }
        }
    }
    func close(_ descriptor: Int32) throws(FileOperationFailure) {
        // A failed close closes all the same, and so does the end of a process.
        try real.close(descriptor)
        paths[descriptor] = nil
        try run("close") {}
    }
    func rename(_ path: String, to target: String) throws(FileOperationFailure) {
        try run("rename") { () throws(FileOperationFailure) in
            try real.rename(path, to: target)
            unsynced = Set(
                unsynced.map { $0.hasPrefix(path) ? target + $0.dropFirst(path.count) : $0 })
            let real = real
            noteName(target) { try? real.rename(target, to: path) }
        }
    }
    func synchronizeDirectory(_ path: String) throws(FileOperationFailure) {
        try run("synchronizeDirectory") { () throws(FileOperationFailure) in
            unsyncedNames.removeAll { $0.directory == path }
        }
    }
    func remove(_ path: String) throws(FileOperationFailure) {
        try run("remove") { () throws(FileOperationFailure) in try real.remove(path) }
    }
    func createDirectory(_ path: String) throws(FileOperationFailure) {
        try run("createDirectory") { () throws(FileOperationFailure) in
            try real.createDirectory(path)
        }
    }
    func removeDirectory(_ path: String) throws(FileOperationFailure) {
        try run("removeDirectory") { () throws(FileOperationFailure) in
            try real.removeDirectory(path)
        }
    }

    private func noteName(_ path: String, _ undo: @escaping () -> Void) {
        unsyncedNames.append((URL(fileURLWithPath: path).deletingLastPathComponent().path, undo))
    }

    /// Leaves what was put on the disk; of the rest, names too if they happened to be written.
    func cutPower(losingNames: Bool) {
        for path in unsynced { truncate(path, 0) }
        if losingNames { for name in unsyncedNames.reversed() { name.undo() } }
    }
}
