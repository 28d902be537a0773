import Foundation
import Testing

@testable import MiniGPT

/// Every file operation of a saving fails once, in every way; the checkpoint before it still loads.
@Suite("Savings that fail")
struct CheckpointFaultTests {
    private let first = tinyCheckpoint(step: 1, seed: 1)
    private let second = tinyCheckpoint(step: 2, seed: 2)
    private let third = tinyCheckpoint(step: 3, seed: 3)

    /// The operations of opening a store that holds one checkpoint and saving two more, of which the
    /// second makes it delete the oldest.
    private func run(_ files: FaultyFiles, in directory: URL) throws -> [Bool] {
        let store = try CheckpointStore(directory: directory, keepLast: 2, files: files)
        return [second, third].map { (try? store.save($0)) != nil }
    }

    private func prepare() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try CheckpointStore(directory: directory.url, files: FaultyFiles()).save(first)
        return directory
    }

    private func operations() throws -> [String] {
        let directory = try prepare()
        let files = FaultyFiles()
        #expect(try run(files, in: directory.url) == [true, true])
        #expect(directory.names == [".lock", "step-00000002", "step-00000003"])
        return files.calls
    }

    @Test func `Each file is put on the disk before the name appears, and old ones go last`() throws
    {
        let calls = try operations()
        let kinds = ["create", "write", "synchronize", "close"]
        let save =
            ["createDirectory"] + ["config", "tokenizer"].flatMap { _ in kinds }
            + ["model", "optimizer"].flatMap { name in
                let tensors = (name == "model" ? 1 : 2) * first.model.parameters.count
                return ["create"] + [String](repeating: "write", count: 1 + tensors)
                    + ["synchronize", "close"]
            } + kinds + ["synchronizeDirectory", "rename", "synchronizeDirectory"]
        let delete = ["rename"] + [String](repeating: "remove", count: 5) + ["removeDirectory"]
        #expect(calls == ["createDirectory", "synchronizeDirectory"] + save + save + delete)
    }

    @Test(arguments: FaultyFiles.Fault.allCases)
    func `Whatever fails, the newest checkpoint that was acknowledged loads, or a newer one`(
        _ fault: FaultyFiles.Fault
    ) throws {
        let all = [first, second, third]
        for (number, call) in try operations().enumerated() {
            guard fault.canHit(call) else { continue }
            // What is left when the process ends, and after two kinds of power cuts.
            for powerCut in fault.isDeath ? [nil, false, true] : [nil] {
                let directory = try prepare()
                let files = FaultyFiles(fault, at: number)
                let saved = (try? run(files, in: directory.url)) ?? [false, false]
                if let losingNames = powerCut { files.cutPower(losingNames: losingNames) }

                let acknowledged = 1 + (saved.lastIndex(of: true).map { $0 + 1 } ?? 0)
                let loaded = try #require(
                    try Checkpoint.latest(in: directory.url), "\(fault) at \(number)")
                let step = loaded.checkpoint.progress.step
                #expect(
                    step >= acknowledged, "\(fault) at \(number), \(String(describing: powerCut))")
                #expect(areSame(loaded.checkpoint, all[step - 1]), "\(fault) at \(number)")
                #expect(loaded.skipped == [], "\(fault) at \(number)")
                if fault == .shortWrite { #expect(saved == [true, true]) }

                // The next start clears up and saves again.
                let store = try CheckpointStore(directory: directory.url, files: FaultyFiles())
                #expect(
                    directory.names.allSatisfy { $0 == ".lock" || $0.hasPrefix("step-") },
                    "\(fault) at \(number): \(directory.names)")
                try store.save(tinyCheckpoint(step: 4))
                #expect(try store.loadLatest()?.checkpoint.progress.step == 4)
            }
        }
    }

    @Test func `A failure names the file and the system's reason, and leaves nothing behind`()
        throws
    {
        let directory = try prepare()
        // 0 and 1 open the store; 2 makes the directory, 3 the first file.
        let files = FaultyFiles(.error, at: 4)
        let store = try CheckpointStore(directory: directory.url, files: files)
        let error = checkpointError { try store.save(second) }
        guard case .file(let path, let problem)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasSuffix("/config.json") && problem.contains(systemMessage(EIO)))
        #expect(directory.names == [".lock", "step-00000001"])
    }

    @Test func `An old checkpoint that cannot be deleted does not make a saving fail`() throws {
        let directory = try prepare()
        let last = try operations().count - 1
        let store = try CheckpointStore(
            directory: directory.url, files: FaultyFiles(.error, at: last))
        try store.save(second)
        let report = try store.save(third)
        #expect(report.leftover != nil)
        #expect(try store.loadLatest()?.checkpoint.progress.step == 3)
    }

    // In a process of its own, whose files the system keeps short.
    @Test func `A file that cannot grow is an error of the system, and the older checkpoint loads`()
        async
    {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let store = try CheckpointStore(directory: directory.url)
            try store.save(tinyCheckpoint(step: 1))
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1_000, rlim_max: 1_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            do throws(CheckpointError) {
                try store.save(tinyCheckpoint(step: 2))
                preconditionFailure("Files of more than 1,000 bytes were written.")
            } catch {
                precondition(error.description.contains(systemMessage(EFBIG)), "\(error)")
            }
            let loaded = try store.loadLatest()
            precondition(loaded?.checkpoint.progress.step == 1, "Step 1 is lost.")
            precondition(directory.names == [".lock", "step-00000001"], "\(directory.names)")
        }
    }
}
