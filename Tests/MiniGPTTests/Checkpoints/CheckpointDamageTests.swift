import Foundation
import Testing

@testable import MiniGPT

/// Whatever happens to a file of a checkpoint is found, before anything of it is used.
@Suite("Damaged checkpoints")
struct CheckpointDamageTests {
    /// A store with a whole checkpoint of step 2 and the one of step 3 that will be damaged.
    private final class Victim {
        let directory: TemporaryDirectory
        let store: CheckpointStore
        let older = tinyCheckpoint(step: 2, seed: 7)
        private let name: URL

        init() throws {
            directory = try TemporaryDirectory()
            store = try CheckpointStore(directory: directory.url, files: FaultyFiles())
            try store.save(older)
            name = try store.save(tinyCheckpoint(step: 3)).url
        }

        func file(_ file: String) -> URL { name.appendingPathComponent(file) }

        func bytes(_ file: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: self.file(file)))
        }

        /// Puts these bytes in place of a file, and checks that loading finds the damage.
        func expectDetection(
            of bytes: [UInt8], as file: String, _ what: @autoclosure () -> String
        ) throws {
            unlink(self.file(file).path)
            try Data(bytes).write(to: self.file(file))
            try expectDetection(in: file, what())
        }

        /// Checks that loading finds the damage.
        func expectDetection(in file: String, _ what: @autoclosure () -> String) throws {
            let error = checkpointError { _ = try Checkpoint(contentsOf: name) }
            #expect(
                error?.description.contains(self.file(file).path) ?? false,
                "\(file), \(what()): \(error.map { "\($0)" } ?? "not found")")
        }

        /// Checks that the older one is taken, and why.
        func expectFallback(_ file: String) throws {
            let loaded = try #require(try store.loadLatest())
            #expect(areSame(loaded.checkpoint, older))
            #expect(loaded.skipped.map(\.name) == ["step-00000003"])
            #expect(loaded.skipped[0].description.contains(self.file(file).path))
        }
    }

    private static let names = [
        "manifest.json", "config.json", "tokenizer.json", "model.safetensors",
        "optimizer.safetensors",
    ]

    /// Where the numbers of a file with tensors start; the end of any other.
    private func headerEnd(_ bytes: [UInt8], _ name: String) -> Int {
        guard name.hasSuffix(".safetensors") else { return bytes.count }
        return 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    @Test(arguments: names)
    func `Every truncation is found`(_ name: String) throws {
        let victim = try Victim()
        let bytes = try victim.bytes(name)
        let end = headerEnd(bytes, name)
        // Behind the header only the length changes, so one in sixteen will do.
        for length in (0..<bytes.count).reversed() where length <= end || length % 16 == 0 {
            truncate(victim.file(name).path, off_t(length))
            try victim.expectDetection(in: name, "cut at \(length)")
        }
        try victim.expectDetection(of: bytes + [0], as: name, "a byte more")
        try victim.expectDetection(of: bytes + bytes, as: name, "twice")
        try victim.expectFallback(name)
    }

    @Test func `Every change of a byte of the manifest is found, to each of the 255 others`() throws
    {
        let victim = try Victim()
        let bytes = try victim.bytes("manifest.json")
        #expect((try? CheckpointManifest(bytes, path: "m")) != nil)
        let places = Array(bytes.indices)
        let missed = places.concurrentCount { place in
            var changed = bytes
            var missed = 0
            for value in UInt8.min ... .max where value != bytes[place] {
                changed[place] = value
                if (try? CheckpointManifest(changed, path: "m")) != nil { missed += 1 }
            }
            return missed
        }
        #expect(missed == 0, "of \(255 * bytes.count)")
    }

    @Test(arguments: names)
    func `A changed byte at every place of a manifest, a header or a small file is found`(
        _ name: String
    ) throws {
        let victim = try Victim()
        let bytes = try victim.bytes(name)
        var generator = SplitMix64(seed: 4)
        for place in 0..<headerEnd(bytes, name) {
            var changed = bytes
            changed[place] ^= UInt8.random(in: 1 ... .max, using: &generator)
            try victim.expectDetection(of: changed, as: name, "byte \(place)")
        }
        try victim.expectFallback(name)
    }

    @Test(arguments: ["model.safetensors", "optimizer.safetensors"])
    func `A thousand flipped bits in the numbers are found`(_ name: String) throws {
        let victim = try Victim()
        let bytes = try victim.bytes(name)
        let start = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        var generator = SplitMix64(seed: 5)
        for number in 0..<1_000 {
            var changed = bytes
            for _ in 0...(number % 4) {
                let place = Int.random(in: start..<bytes.count, using: &generator)
                changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            guard changed != bytes else { continue }
            try victim.expectDetection(of: changed, as: name, "flip \(number)")
        }
        try victim.expectFallback(name)
    }

    @Test(arguments: names)
    func `A missing file is found`(_ name: String) throws {
        let victim = try Victim()
        unlink(victim.file(name).path)
        try victim.expectFallback(name)
    }

    @Test func `Files that were exchanged are found`() throws {
        let victim = try Victim()
        // Of the same length, and whole in themselves: those of the other checkpoint.
        let other = victim.directory.file("step-00000002/model.safetensors")
        try victim.expectDetection(
            of: [UInt8](Data(contentsOf: other)), as: "model.safetensors", "the older model")
        try victim.expectFallback("model.safetensors")
    }

    @Test func `A file name that leads elsewhere is refused`() throws {
        let directory = try TemporaryDirectory()
        let checkpoint = tinyCheckpoint()
        let manifest = CheckpointManifest(
            progress: checkpoint.progress, options: checkpoint.options,
            optimizer: .init(kind: "AdamW"), settings: checkpoint.settings,
            machine: checkpoint.machine,
            files: [.init(name: "../config.json", bytes: 1, checksum: Checksum(CRC64([1])))])
        _ = try directory.write(manifest.bytes, as: "manifest.json")
        let error = checkpointError { _ = try Checkpoint(contentsOf: directory.url) }
        #expect(error?.description.contains("'../config.json'") == true)
    }

    @Test func `When none is whole, that is an error that names all of them`() throws {
        let victim = try Victim()
        for step in [2, 3] {
            unlink(victim.directory.file("step-0000000\(step)/config.json").path)
        }
        let error = checkpointError { _ = try victim.store.loadLatest() }
        guard case .noneIsWhole(_, let skipped)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(skipped.map(\.name) == ["step-00000003", "step-00000002"])
        #expect(error?.description.contains("step-00000002/config.json") == true)
    }

    @Test func `A damaged checkpoint does not count among those to keep`() throws {
        let victim = try Victim()
        unlink(victim.file("model.safetensors").path)
        try victim.expectFallback("model.safetensors")
        // Step 3 is taken again, beside the damaged one.
        try victim.store.save(tinyCheckpoint(step: 3))
        #expect(
            victim.store.checkpoints.map(\.lastPathComponent) == [
                "step-00000003.2", "step-00000003", "step-00000002",
            ])
        #expect(try victim.store.loadLatest()?.url.lastPathComponent == "step-00000003.2")
        try victim.store.save(tinyCheckpoint(step: 4))
        #expect(
            victim.store.checkpoints.map(\.lastPathComponent) == [
                "step-00000004", "step-00000003.2",
            ])
    }
}

extension Array where Element: Sendable {
    /// The sum of what `body` gives for the elements, on all processors.
    func concurrentCount(_ body: @Sendable (Element) -> Int) -> Int {
        withoutActuallyEscaping(body) { body in
            let elements = self
            let sum = Counter()
            DispatchQueue.concurrentPerform(iterations: elements.count) {
                sum.add(body(elements[$0]))
            }
            return sum.value
        }
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var value = 0
    func add(_ number: Int) { lock.withLock { value += number } }
}
