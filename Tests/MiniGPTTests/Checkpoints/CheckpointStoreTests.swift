import Foundation
import Testing

@testable import MiniGPT

@Suite("CheckpointStore")
struct CheckpointStoreTests {
    private func store(
        _ directory: TemporaryDirectory, keepLast: Int = 2, keepBest: Bool = true
    ) throws -> CheckpointStore {
        try CheckpointStore(
            directory: directory.url, keepLast: keepLast, keepBest: keepBest, files: FaultyFiles())
    }

    private func steps(_ store: CheckpointStore) -> [Int] {
        store.checkpoints.compactMap { CheckpointName($0.lastPathComponent)?.step }
    }

    @Test func `The newest are kept, and the best`() throws {
        let directory = try TemporaryDirectory()
        let store = try store(directory)
        let losses: [Float?] = [nil, 2, 1.5, 1.7, nil, 1.9, .nan, 1.5]
        for (index, loss) in losses.enumerated() {
            try store.save(tinyCheckpoint(step: index + 1, validationLoss: loss))
        }
        #expect(steps(store) == [8, 7, 3])
        // A store that is opened again finds out by itself.
        let again = try TemporaryDirectory()
        for index in 0..<8 {
            try CheckpointStore(directory: again.url, files: FaultyFiles())
                .save(tinyCheckpoint(step: index + 1, validationLoss: losses[index]))
        }
        #expect(again.names == [".lock", "step-00000003", "step-00000007", "step-00000008"])
    }

    @Test(arguments: [1, 3])
    func `As many are kept as asked for`(_ count: Int) throws {
        let directory = try TemporaryDirectory()
        let store = try store(directory, keepLast: count, keepBest: false)
        for step in 1...5 {
            try store.save(tinyCheckpoint(step: step, validationLoss: Float(step)))
        }
        #expect(steps(store) == Array((6 - count...5).reversed()))
    }

    @Test func `One writer at a time, and the other is told which process it is`() throws {
        let directory = try TemporaryDirectory()
        var first: CheckpointStore? = try store(directory)
        let error = checkpointError { _ = try store(directory) }
        let process = "\(ProcessInfo.processInfo.processIdentifier)"
        #expect(error == .locked(directory: directory.url.path, process: process))
        #expect(error?.description.contains("process \(process)") == true)
        // Reading needs no lock.
        try first?.save(tinyCheckpoint(step: 1))
        #expect(try Checkpoint.latest(in: directory.url)?.checkpoint.progress.step == 1)
        first = nil
        #expect(checkpointError { _ = try store(directory) } == nil)
    }

    @Test func `A directory that is not there is made; one that holds nothing has no checkpoint`()
        throws
    {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.file("a/b"))
        #expect(try store.loadLatest() == nil)
        #expect(try Checkpoint.latest(in: directory.file("nowhere")) == nil)
        #expect(store.checkpoints == [])
    }

    @Test func `A file in place of the directory is refused by name`() throws {
        let directory = try TemporaryDirectory()
        let url = try directory.write([1], as: "file")
        let error = checkpointError { _ = try CheckpointStore(directory: url) }
        #expect(error?.description.contains(url.path) == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
    func `A directory without permission is refused by name`() throws {
        let directory = try TemporaryDirectory()
        chmod(directory.url.path, 0o555)
        defer { chmod(directory.url.path, 0o755) }
        let error = checkpointError { _ = try CheckpointStore(directory: directory.url) }
        #expect(error?.description.contains(systemMessage(EACCES)) == true)
    }

    @Test func `A directory that is a link is followed`() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            at: directory.file("real"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: directory.file("link"), withDestinationURL: directory.file("real"))
        let store = try CheckpointStore(directory: directory.file("link"), files: FaultyFiles())
        try store.save(tinyCheckpoint())
        #expect(try Checkpoint.latest(in: directory.file("real")) != nil)
    }

    @Test func `A checkpoint behind a later one is not written`() throws {
        let directory = try TemporaryDirectory()
        let store = try store(directory)
        try store.save(tinyCheckpoint(step: 5))
        let error = checkpointError { try store.save(tinyCheckpoint(step: 4)) }
        #expect(
            error
                == .laterCheckpoint(
                    directory: directory.url.path, name: "step-00000005", step: 4))
        #expect(steps(store) == [5])
    }

    @Test func `What a killed writer left is cleared away, and nothing else`() throws {
        let directory = try TemporaryDirectory()
        for name in [
            ".step-00000007.tmp-12-34", ".step-00000007.2.tmp-12-34", ".other.tmp-1-2", "mine",
            "step-7", "step-00000007x",
        ] {
            try FileManager.default.createDirectory(
                at: directory.file(name), withIntermediateDirectories: true)
            _ = try directory.write([1], as: "\(name)/model.safetensors")
        }
        let store = try store(directory)
        #expect(directory.names == [".lock", ".other.tmp-1-2", "mine", "step-00000007x", "step-7"])
        #expect(store.checkpoints == [])
    }

    @Test func `In the background too, the newest that waits is written after the one at work`()
        throws
    {
        let directory = try TemporaryDirectory()
        let store = try store(directory, keepLast: 9)
        for step in 1...20 { store.saveInBackground(tinyCheckpoint(step: step)) }
        store.waitUntilIdle()
        let written = store.takeOutcomes().compactMap { try? $0.result.get().step }
        #expect(written.first == 1 && written.last == 20 && written == written.sorted())
        #expect(steps(store) == written.suffix(9).reversed())
        #expect(store.takeOutcomes().isEmpty && !store.isBusy)
    }

    @Test func `A saving in the background that fails is told, and later ones are not harmed`()
        throws
    {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(
            directory: directory.url, files: FaultyFiles(.error, at: 5))
        store.saveInBackground(tinyCheckpoint(step: 1))
        store.waitUntilIdle()
        store.saveInBackground(tinyCheckpoint(step: 2))
        store.waitUntilIdle()
        let outcomes = store.takeOutcomes()
        #expect(outcomes.map(\.step) == [1, 2])
        #expect((try? outcomes[0].result.get()) == nil && (try? outcomes[1].result.get()) != nil)
        #expect(steps(store) == [2])
    }

    @Test(arguments: [
        ("step-00000012", 12, 1), ("step-123456789", 123_456_789, 1), ("step-00000012.3", 12, 3),
    ])
    func `Names say the step`(_ text: String, _ step: Int, _ revision: Int) {
        let name = CheckpointName(text)
        #expect(name == CheckpointName(step: step, revision: revision))
        #expect(name?.description == text)
    }

    @Test(arguments: [
        "step-12", "step--0000012", "step-00000012.1", "step-00000012.", "step-00000012.2.3",
        "step-", "stop-00000012", "step-99999999999999999999", ".step-00000012",
    ])
    func `Other names are not checkpoints`(_ text: String) {
        #expect(CheckpointName(text) == nil)
    }
}
