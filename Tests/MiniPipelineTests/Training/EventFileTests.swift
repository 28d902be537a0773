import Foundation
import TestSupport
import Testing

@testable import MiniPipeline

@Suite struct EventFileTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-tests-\(UUID().uuidString)")

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body()
    }

    private func row(_ step: Int, _ loss: Float = 2) -> MetricsRow {
        MetricsRow(
            step: step, loss: loss, learningRate: 1e-3, gradientNorm: 1, tokensPerSecond: 100,
            shareOfPeak: nil, elapsedSeconds: 1)
    }

    @Test func `The checksum is CRC-32C`() {
        // RFC 3720, appendix B.4, and the usual check.
        #expect(CRC32C.checksum(Data("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum(Data(count: 32)) == 0x8A91_36AA)
    }

    @Test func `Records are byte by byte those of TensorBoard's own writer`() throws {
        let url = try #require(
            Bundle.module.url(forResource: "events", withExtension: nil, subdirectory: "Goldens"))
        let records = [
            ProtocolMessage.version(at: 1_000.5), .start(at: 1_001.25, step: 300),
            .scalars([("loss/training", 1.5), ("loss/validation", -0.1)], at: 1_002, step: 300),
            .scalars([("é", .greatestFiniteMagnitude)], at: 1_003, step: 1 << 40),
        ]
        #expect(records.map(EventFile.record).reduce(Data(), +) == (try Data(contentsOf: url)))
        #expect(records.map(\.step) == [0, 300, 300, 1 << 40])
    }

    /// The steps in all files, in the order of their names.
    private func steps() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap {
            try EventFile.messages(in: Data(contentsOf: folder.appendingPathComponent($0)))
                .filter { $0.bytes.count > 60 }.map(\.step)
        }
    }

    @Test func `A training that goes on leaves every step once`() throws {
        try inFolder {
            let first = try EventFile(in: folder, after: 0)
            for step in 1...10 { try first.write(row(step)) }
            let second = try EventFile(in: folder, after: 6)
            for step in 7...12 { try second.write(row(step)) }
            let third = try EventFile(in: folder, after: 9)
            try third.write(row(10))
            #expect(try steps() == Array(1...10))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
            // From the beginning again: nothing of before is left.
            _ = try EventFile(in: folder, after: 0)
            #expect(try steps() == [])
        }
    }

    @Test func `A record that a kill cut off, and what follows it, is dropped`() throws {
        try inFolder {
            let first = try EventFile(in: folder, after: 0)
            for step in 1...3 { try first.write(row(step)) }
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let url = folder.appendingPathComponent(name)
            let whole = try Data(contentsOf: url)
            try whole.dropLast(5).write(to: url)
            let second = try EventFile(in: folder, after: 3)
            try second.write(row(4))
            #expect(try steps() == [1, 2, 4])
        }
    }
}
