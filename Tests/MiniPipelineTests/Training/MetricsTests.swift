import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite struct MetricsTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-tests-\(UUID().uuidString)")

    private func inFolder(_ body: (OutputFolder) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(try OutputFolder(creating: folder.path))
    }

    private func step(_ step: Int, seconds: Double = 1) throws -> TrainingEvent {
        let json = """
            {"step":\(step),"totalSteps":100,"loss":\(4 - Double(step) / 100),"learningRate":1e-3,
            "gradientNorm":0.5,"tokensPerSecond":100,"elapsedSeconds":\(seconds),
            "remainingSeconds":1}
            """
        return .step(try JSONDecoder().decode(StepReport.self, from: Data(json.utf8)))
    }

    private func validation(_ step: Int, _ loss: Double) throws -> TrainingEvent {
        let json = """
            {"step":\(step),"loss":\(loss),"tokens":10,"isBest":true,"elapsedSeconds":1}
            """
        return .validation(try JSONDecoder().decode(ValidationReport.self, from: Data(json.utf8)))
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func `Bits per byte stand beside each validation`() throws {
        try inFolder { output in
            var metrics = try Metrics(in: output, after: 0, bitsPerNat: 0.5)
            try metrics.record(step(1))
            try metrics.record(step(2))
            try metrics.record(validation(2, 3))
            try metrics.finish()
            #expect(metrics.rows.map(\.bitsPerByte) == [nil, 1.5])
            let lines = try text("metrics.jsonl").split(separator: "\n")
            #expect(lines[0].hasSuffix(#""bitsPerByte":null}"#))
            #expect(lines[1].hasSuffix(#""bitsPerByte":1.5}"#))
            let table = try text("metrics.csv").split(separator: "\n")
            #expect(table[0].hasSuffix(",bitsPerByte") && table[2].hasSuffix(",1.5"))
            #expect(MetricsRow.read(folder) == metrics.rows)
        }
    }

    @Test func `A training that goes on keeps what was before, drops what was after`() throws {
        try inFolder { output in
            var first = try Metrics(in: output, after: 0)
            for number in 1...8 { try first.record(step(number, seconds: Double(number))) }
            try first.finish()
            let whole = try text("metrics.jsonl")

            var second = try Metrics(in: output, after: 5)
            for number in 6...8 { try second.record(step(number, seconds: Double(number - 5))) }
            try second.finish()
            // Times go on too.
            #expect(try text("metrics.jsonl") == whole)
            #expect(try text("metrics.csv").split(separator: "\n").count == 9)
        }
    }

    @Test func `A validation that was still due at a stop comes into its row`() throws {
        try inFolder { output in
            var first = try Metrics(in: output, after: 0)
            for number in 1...4 { try first.record(step(number)) }
            try first.finish()
            var second = try Metrics(in: output, after: 4)
            try second.record(validation(4, 2.5))
            try second.record(step(5))
            try second.finish()
            #expect(second.rows.map(\.validationLoss) == [nil, nil, nil, 2.5, nil])
            #expect(MetricsRow.read(folder) == second.rows)
        }
    }

    @Test func `Damaged and doubled lines of before do not count`() throws {
        try inFolder { output in
            var first = try Metrics(in: output, after: 0)
            for number in 1...3 { try first.record(step(number)) }
            try first.finish()
            let lines = try text("metrics.jsonl").split(separator: "\n")
            let text = "\(lines[0])\n\(lines[0])\n\u{FFFD}{\n\(lines[1])\n\(lines[2].dropLast(9))"
            try output.write(text, to: "metrics.jsonl")
            #expect(MetricsRow.read(folder).map(\.step) == [1, 2])
        }
    }
}
