import Foundation
import MiniGPT

/// The numbers of one step: a line of `metrics.jsonl`.
public struct MetricsRow: Equatable, Sendable, Decodable {
    /// The step of the training, counted from 1.
    public let step: Int
    /// Nats for each token of the batch.
    public let loss: Float
    /// Nats for each token of the validation text, after steps with a test.
    public var validationLoss: Float?
    /// The learning rate of the step.
    public let learningRate: Float
    /// The norm of the gradients before clipping.
    public let gradientNorm: Float
    /// The speed over the last steps, in tokens a second.
    public let tokensPerSecond: Double
    /// How much of the machine's speed in matrix products that is.
    public let shareOfPeak: Double?
    /// Seconds of training so far, runs before this one included.
    public let elapsedSeconds: Double
    /// Bits for each byte of the validation text, after steps with a test.
    public var bitsPerByte: Double?

    static let fileName = "metrics.jsonl"

    /// The steps in a run's `metrics.jsonl`. A last line that was cut off does not count.
    public static func read(_ folder: URL, upTo step: Int = .max) -> [MetricsRow] {
        let url = folder.appendingPathComponent(fileName)
        guard let data = try? Data(contentsOf: url) else { return [] }
        let decoder = JSONDecoder()
        var rows: [MetricsRow] = []
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let row = try? decoder.decode(MetricsRow.self, from: Data(line)),
                row.step > rows.last?.step ?? 0, row.step <= step
            else { continue }
            rows.append(row)
        }
        return rows
    }
}

extension MetricsRow {
    init(_ report: StepReport, elapsedBefore: Double) {
        self.init(
            step: report.step, loss: report.loss, learningRate: report.learningRate,
            gradientNorm: report.gradientNorm, tokensPerSecond: report.tokensPerSecond,
            shareOfPeak: report.shareOfPeak,
            elapsedSeconds: elapsedBefore + report.elapsedSeconds)
    }

    /// Names and values in the order of the files; `nil` for what was not measured.
    private func fields(hasBits: Bool) -> [(name: String, value: String?)] {
        let bits = ("bitsPerByte", bitsPerByte.flatMap(Self.number))
        return [
            ("step", "\(step)"),
            ("loss", Self.number(loss)),
            ("validationLoss", validationLoss.flatMap(Self.number)),
            ("learningRate", Self.number(learningRate)),
            ("gradientNorm", Self.number(gradientNorm)),
            ("tokensPerSecond", Self.number(tokensPerSecond)),
            ("shareOfPeak", shareOfPeak.flatMap(Self.number)),
            ("elapsedSeconds", Self.number(elapsedSeconds)),
        ] + (hasBits ? [bits] : [])
    }

    /// The shortest digits that give the same number back; JSON knows no infinity and no NaN.
    private static func number(_ value: some BinaryFloatingPoint & CustomStringConvertible)
        -> String?
    {
        value.isFinite ? value.description : nil
    }

    /// The row as a line of `metrics.jsonl`.
    package func json(hasBits: Bool) -> String {
        let members = fields(hasBits: hasBits).map { "\"\($0.name)\":\($0.value ?? "null")" }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// The row as a line of `metrics.csv`.
    package func csv(hasBits: Bool) -> String {
        fields(hasBits: hasBits).map { $0.value ?? "" }.joined(separator: ",")
    }

    /// The first line of `metrics.csv`.
    static func header(hasBits: Bool) -> String {
        let empty = Self(
            step: 0, loss: 0, learningRate: 0, gradientNorm: 0, tokensPerSecond: 0,
            shareOfPeak: nil, elapsedSeconds: 0)
        return empty.fields(hasBits: hasBits).map(\.name).joined(separator: ",")
    }
}
