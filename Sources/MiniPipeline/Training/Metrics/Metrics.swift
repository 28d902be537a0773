import Foundation
import MiniGPT

/// The numbers of every step: in memory, in `metrics.jsonl` and `metrics.csv`, and on request in a
/// file for TensorBoard.
///
/// A training that goes on from a checkpoint keeps the steps up to it, with the times they took, and
/// drops later ones: the files are those of a training that was never stopped.
public struct Metrics {
    /// All steps but the one that may still get a validation loss.
    public private(set) var rows: [MetricsRow] = []
    /// Waits for the validation, which is reported after its step.
    private var pending: MetricsRow?
    /// Bits for each byte of text for one nat for each token, if that is known.
    private let bitsPerNat: Double?
    /// The time of the runs before this one.
    private let elapsedBefore: Double
    private let lines: FileHandle
    private let table: FileHandle
    private let events: EventFile?

    /// Starts the files; those of a training that is taken up again with its steps so far.
    ///
    /// - Parameters:
    ///   - step: where the training starts.
    ///   - bitsPerNat: if given, there is a column with the bits per byte of each validation.
    ///   - writesEvents: whether TensorBoard shall be able to read along.
    public init(
        in folder: OutputFolder, after step: Int, bitsPerNat: Double? = nil,
        writesEvents: Bool = false
    ) throws {
        self.bitsPerNat = bitsPerNat
        if step > 0 { rows = MetricsRow.read(folder.url, upTo: step) }
        elapsedBefore = rows.last?.elapsedSeconds ?? 0
        // The training may have been stopped when the validation of its last step was due.
        pending = rows.popLast()
        let hasBits = bitsPerNat != nil
        lines = try folder.open(
            MetricsRow.fileName,
            beginning: rows.map { $0.json(hasBits: hasBits) + "\n" }.joined())
        table = try folder.open(
            "metrics.csv",
            beginning: ([MetricsRow.header(hasBits: hasBits)]
                + rows.map { $0.csv(hasBits: hasBits) }).map { $0 + "\n" }.joined())
        events = writesEvents ? try EventFile(in: folder.url, after: rows.last?.step ?? 0) : nil
    }

    /// Takes note of an event.
    public mutating func record(_ event: TrainingEvent) throws {
        switch event {
        case .step(let report):
            try finish()
            pending = MetricsRow(report, elapsedBefore: elapsedBefore)
        case .validation(let report):
            guard pending?.step == report.step else { break }
            pending?.validationLoss = report.loss
            pending?.bitsPerByte = bitsPerNat.map { Double(report.loss) * $0 }
        case .checkpoint(.began), .finished:
            // A training that goes on from a checkpoint finds all that came before it.
            try finish()
        case .checkpoint:
            break
        }
    }

    /// Writes what is held back.
    public mutating func finish() throws {
        guard let row = pending else { return }
        pending = nil
        rows.append(row)
        let hasBits = bitsPerNat != nil
        try lines.write(contentsOf: Data((row.json(hasBits: hasBits) + "\n").utf8))
        try table.write(contentsOf: Data((row.csv(hasBits: hasBits) + "\n").utf8))
        try events?.write(row)
    }
}
