import Foundation
import MiniGPT

/// The numbers of every step, in memory and in `metrics.jsonl` and `metrics.csv`.
struct Metrics {
    /// One step.
    struct Row: Equatable {
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

    /// Starts both files.
    init(in folder: OutputFolder) throws {
        lines = try folder.open("metrics.jsonl")
        table = try folder.open("metrics.csv")
        try table.write(contentsOf: Data((Row.header + "\n").utf8))
    }

    /// Takes note of an event.
    mutating func record(_ event: TrainingEvent) throws {
        switch event {
        case .step(let report):
            try finish()
            pending = Row(report)
        case .validation(let report):
            pending?.validationLoss = report.loss
        case .finished:
            try finish()
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
