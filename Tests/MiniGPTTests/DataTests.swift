import Foundation
import MiniGPT
import Testing

@Suite struct DataTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-tests-\(UUID().uuidString)")

    private func inFolder(_ body: (URL) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("tokens.bin"))
    }

    @Test("a target is the token after its input")
    func batches() {
        let data = TokenDataset((0..<100).map { Int32($0) }, contextLength: 7)
        var generator = SplitMix64(seed: 1)
        for _ in 0..<50 {
            let (inputs, targets) = data.batch(3, using: &generator)
            #expect(inputs.shape == [3, 7])
            #expect(zip(inputs.tokens, targets.tokens).allSatisfy { $0 + 1 == $1 })
        }
    }

    @Test("nanoGPT's split: the first nine tenths")
    func split() throws {
        let tokens = TokenStore([Int32](repeating: 0, count: 1_115_394))
        let (training, validation) = try TokenDataset.split(tokens, contextLength: 64)
        #expect(training.tokens.count == 1_003_854)
        #expect(validation.tokens.count == 111_540)
    }

    @Test("a text that is too short says how long it must be")
    func tooShort() throws {
        let error = try #require(throws: TokenDataset.TooShort.self) {
            _ = try TokenDataset.split(TokenStore([1, 2, 3, 4]), contextLength: 64)
        }
        #expect(error.description.contains("training text has 3 tokens"))
        #expect(error.description.contains("at least 65"))
    }

    @Test("a token file holds what was written", arguments: [50, 65_536, 70_000])
    func files(_ vocabulary: Int) throws {
        try inFolder { url in
            let tokens = (0..<1_000).map { Int32($0 * 31 % vocabulary) }
            try TokenStore.write(tokens, vocabularySize: vocabulary, to: url)
            let store = try TokenStore(mapping: url, vocabularySize: vocabulary)
            #expect(Array(store) == tokens)
            #expect(Array(store.part(100..<120)) == Array(tokens[100..<120]))
            let size = try Data(contentsOf: url).count
            #expect(size == 64 + 1_000 * (vocabulary <= 65_536 ? 2 : 4) + 24)
        }
    }

    @Test("every truncation of a token file is noticed")
    func truncated() throws {
        try inFolder { url in
            try TokenStore.write((0..<20).map { Int32($0) }, vocabularySize: 20, to: url)
            let whole = try Data(contentsOf: url)
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: url)
                #expect(throws: TokenStore.FileError.self) {
                    _ = try TokenStore(mapping: url, vocabularySize: 20)
                }
            }
        }
    }

    @Test("a file for a larger vocabulary, with ids outside it, or that is missing, is refused")
    func mismatched() throws {
        try inFolder { url in
            #expect(throws: TokenStore.FileError.self) {
                _ = try TokenStore(mapping: url, vocabularySize: 20)
            }
            try TokenStore.write([1, 19], vocabularySize: 20, to: url)
            #expect(throws: TokenStore.FileError.self) {
                _ = try TokenStore(mapping: url, vocabularySize: 19)
            }
        }
    }

    @Test("every changed bit of a token file is noticed")
    func damaged() throws {
        try inFolder { url in
            try TokenStore.write([1, 19], vocabularySize: 20, to: url)
            let whole = try Data(contentsOf: url)
            for place in 0..<(8 * whole.count) {
                var data = whole
                data[place / 8] ^= 1 << (place % 8)
                try data.write(to: url)
                #expect(throws: TokenStore.FileError.self, "bit \(place)") {
                    _ = try TokenStore(mapping: url, vocabularySize: 20)
                }
            }
        }
    }

    @Test(
        "a file of another writer, with a right checksum and ids outside its vocabulary, is refused"
    )
    func foreign() throws {
        try inFolder { url in
            try TokenStore.write([1, 19], vocabularySize: 20, to: url)
            var data = try Data(contentsOf: url)
            data[16] = 5
            let checksum = CRC64([UInt8](data[..<(data.count - 16)]))
            withUnsafeBytes(of: checksum.value.littleEndian) {
                data.replaceSubrange((data.count - 16)..<(data.count - 8), with: $0)
            }
            try data.write(to: url)
            #expect(Array(try TokenStore(mapping: url, vocabularySize: 20)) == [1, 19])
            #expect(throws: TokenStore.FileError.self) {
                _ = try TokenStore(mapping: url, vocabularySize: 10)
            }
        }
    }

    @Test("pieces make the same file as the whole")
    func pieces() throws {
        try inFolder { url in
            let tokens = (0..<100).map { Int32($0) }
            try TokenStore.write(tokens, vocabularySize: 100, to: url)
            let whole = try Data(contentsOf: url)
            let writer = try TokenFileWriter(url, vocabularySize: 100)
            for start in stride(from: 0, to: 100, by: 7) {
                try writer.append(tokens[start..<min(100, start + 7)])
            }
            #expect(writer.count == 100)
            #expect(try Data(contentsOf: url) == whole)
            try writer.commit()
            #expect(try Data(contentsOf: url) == whole)
        }
    }
}
