import Foundation
import Testing

@testable import MiniGPT

@Suite("Checkpoint")
struct CheckpointTests {
    @Test func `What was saved is loaded, bit by bit`() throws {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.url)
        let checkpoint = tinyCheckpoint(validationLoss: 1.25)
        let report = try store.save(checkpoint)
        let loaded = try #require(try store.loadLatest())
        #expect(areSame(loaded.checkpoint, checkpoint))
        #expect(loaded.skipped == [] && loaded.url.path == report.url.path)
        #expect(report.step == 3 && report.bytes > 0 && report.leftover == nil)
        let tokenizer = try #require(try loaded.checkpoint.tokenizer?.tokenizer())
        #expect(try tokenizer.encode("bad") == [1, 0, 3])
    }

    @Test func `Before the first step there are no averages, and that is kept too`() throws {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.url)
        var checkpoint = tinyCheckpoint(step: 0)
        checkpoint.optimizer = OptimizerState(AdamW(learningRate: 1e-3))
        checkpoint.tokenizer = nil
        try store.save(checkpoint)
        let loaded = try #require(try store.loadLatest()).checkpoint
        #expect(areSame(loaded, checkpoint))
        #expect(loaded.optimizer.tensors.values.allSatisfy(\.isEmpty) && loaded.tokenizer == nil)
    }

    @Test func `A byte-level BPE tokenizer is kept too`() throws {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.url)
        let text = "the cat sat on the mat, the cat sat on the hat"
        let tokenizer = try BytePairTrainer(vocabularySize: 270).train(on: [text]).tokenizer
        var checkpoint = tinyCheckpoint()
        checkpoint.tokenizer = try SavedTokenizer(tokenizer)
        try store.save(checkpoint)
        let loaded = try #require(try store.loadLatest()).checkpoint
        let found = try #require(try loaded.tokenizer?.tokenizer())
        #expect(found is BytePairTokenizer)
        #expect(try found.encode(text) == tokenizer.encode(text))
    }

    @Test func `It is a directory of files that others can read`() throws {
        let directory = try TemporaryDirectory()
        let store = try CheckpointStore(directory: directory.url)
        let checkpoint = tinyCheckpoint(step: 1_200)
        try store.save(checkpoint)
        #expect(directory.names == [".lock", "step-00001200"])
        let inside = try FileManager.default.contentsOfDirectory(
            atPath: directory.file("step-00001200").path)
        #expect(
            inside.sorted() == [
                "config.json", "manifest.json", "model.safetensors", "optimizer.safetensors",
                "tokenizer.json",
            ])
        var model = randomModel(try GPT(checkpoint).configuration, seed: 99)
        try model.loadWeights(from: directory.file("step-00001200/model.safetensors"))
        #expect(haveSameParameters(model, try GPT(checkpoint)))

        let manifest = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: directory.file("step-00001200/manifest.json")))
                as? [String: Any])
        #expect(
            Set(manifest.keys) == [
                "format", "version", "progress", "options", "model", "optimizer", "settings",
                "machine",
                "files", "checksum",
            ])
        let progress = try #require(manifest["progress"] as? [String: Any])
        #expect(progress["step"] as? Int == 1_200 && progress["tokensSeen"] as? Int == 14_400)
        #expect(progress["generatorState"] is NSNumber && progress["seed"] is NSNumber)
        let files = try #require(manifest["files"] as? [[String: Any]])
        let weights = try #require(files.first { $0["name"] as? String == "model.safetensors" })
        let tensors = try #require(weights["tensors"] as? [String: String])
        #expect(Set(tensors.keys) == Set(checkpoint.model.parameters.map(\.name)))
    }

    @Test func `Numbers that are hard to write in decimals come back`() throws {
        var generator = SplitMix64(seed: 8)
        for _ in 0..<300 {
            let loss = Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator))
            var checkpoint = tinyCheckpoint(seed: generator.next() >> 1, validationLoss: loss)
            checkpoint.options.clipNorm = .infinity
            let manifest = CheckpointManifest(
                progress: checkpoint.progress, options: checkpoint.options,
                optimizer: .init(
                    kind: "AdamW", integers: ["step": .max], numbers: ["a": loss, "b": -loss]),
                settings: checkpoint.settings, machine: checkpoint.machine, files: [])
            #expect(try CheckpointManifest(manifest.bytes, path: "m") == manifest)
        }
    }

    @Test func `A manifest of a later format says so`() throws {
        let checkpoint = tinyCheckpoint()
        var manifest = CheckpointManifest(
            progress: checkpoint.progress, options: checkpoint.options,
            optimizer: .init(kind: "AdamW"), settings: checkpoint.settings,
            machine: checkpoint.machine, files: [])
        manifest.version = 3
        let error = checkpointError { _ = try CheckpointManifest(manifest.bytes, path: "m") }
        #expect(error?.description.contains("version 3") == true)
    }

    @Test func `The checksum of a text does not depend on where its ids are`() throws {
        let directory = try TemporaryDirectory()
        let tokens = (0..<40_000).map { Int32($0 &* 7_919 % 300) }
        try TokenStore.write(tokens, vocabularySize: 300, to: directory.file("t"))
        let mapped = try TokenStore(mapping: directory.file("t"), vocabularySize: 300)
        let expected = tokens.withUnsafeBytes { CRC64($0) }
        #expect(TokenStore(tokens).checksum.value == expected.value)
        #expect(mapped.checksum.value == expected.value)
        #expect(
            mapped.part(5..<77).checksum.value == TokenStore(tokens).part(5..<77).checksum.value)
    }
}
