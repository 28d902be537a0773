import Foundation
import MiniGPT

/// The numbers of every step, in memory and in `metrics.jsonl` and `metrics.csv`.
struct Metrics {
    /// One step.
    struct Row: Equatable, Decodable {
        let step: Int
        let loss: Float
        /// Only after steps with a test.
        var validationLoss: Float?
        let learningRate: Float
        let gradientNorm: Float
        let tokensPerSecond: Double
        let shareOfPeak: Double?
        let elapsedSeconds: Double
    }

    /// All steps but the one that may still get a validation loss.
    private(set) var rows: [Row] = []
    /// Waits for the validation, which is reported after its step.
    private var pending: Row?
    private let lines: FileHandle
    private let table: FileHandle

    /// Starts both files; those of a training that is taken up again with its steps so far.
    init(in folder: OutputFolder, after step: Int) throws {
        if step > 0 { rows = Self.rows(in: folder.url, upTo: step) }
        lines = try folder.open("metrics.jsonl")
        table = try folder.open("metrics.csv")
        try lines.write(contentsOf: Data(rows.map { $0.json + "\n" }.joined().utf8))
        try table.write(
            contentsOf: Data(([Row.header] + rows.map(\.csv)).map { $0 + "\n" }.joined().utf8))
    }

    /// What an earlier run noted. The last line may have been cut off.
    private static func rows(in folder: URL, upTo step: Int) -> [Row] {
        let url = folder.appendingPathComponent("metrics.jsonl")
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        let rows = text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
        return rows.filter { $0.step <= step }
    }

    /// Takes note of an event.
    mutating func record(_ event: TrainingEvent) throws {
        switch event {
        case .step(let report):
            try finish()
            pending = Row(report)
        case .validation(let report):
            pending?.validationLoss = report.loss
        case .checkpoint(.began), .finished:
            // A training that goes on from a checkpoint finds all that came before it.
            try finish()
        case .checkpoint:
            break
        }
    }

    /// Writes what is held back.
    mutating func finish() throws {
        guard let row = pending else { return }
        pending = nil
        rows.append(row)
        try lines.write(contentsOf: Data((row.json + "\n").utf8))
        try table.write(contentsOf: Data((row.csv + "\n").utf8))
    }
}

extension Metrics.Row {
    init(_ report: StepReport) {
        self.init(
            step: report.step, loss: report.loss, learningRate: report.learningRate,
            gradientNorm: report.gradientNorm, tokensPerSecond: report.tokensPerSecond,
            shareOfPeak: report.shareOfPeak, elapsedSeconds: report.elapsedSeconds)
    }

    /// Names and values in the order of the files; `nil` for what was not measured.
    private var fields: [(name: String, value: String?)] {
        [
            ("step", "\(step)"),
            ("loss", Self.number(loss)),
            ("validationLoss", validationLoss.flatMap(Self.number)),
            ("learningRate", Self.number(learningRate)),
            ("gradientNorm", Self.number(gradientNorm)),
            ("tokensPerSecond", Self.number(tokensPerSecond)),
            ("shareOfPeak", shareOfPeak.flatMap(Self.number)),
            ("elapsedSeconds", Self.number(elapsedSeconds)),
        ]
    }

    /// The shortest digits that give the same number back; JSON knows no infinity and no NaN.
    private static func number(_ value: some BinaryFloatingPoint & CustomStringConvertible)
        -> String?
    {
        value.isFinite ? value.description : nil
    }

    /// One line of `metrics.jsonl`.
    var json: String {
        "{" + fields.map { "\"\($0.name)\":\($0.value ?? "null")" }.joined(separator: ",") + "}"
    }

    /// One line of `metrics.csv`.
    var csv: String { fields.map { $0.value ?? "" }.joined(separator: ",") }

    /// The first line of `metrics.csv`.
    static var header: String {
        let empty = Self(
            step: 0, loss: 0, learningRate: 0, gradientNorm: 0, tokensPerSecond: 0,
            shareOfPeak: nil,
            elapsedSeconds: 0)
        return empty.fields.map(\.name).joined(separator: ",")
    }
}
