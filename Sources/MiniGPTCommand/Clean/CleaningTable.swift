import Foundation
import MiniPipeline

/// A report of cleaning as lines for people.
struct CleaningTable {
    private let report: CleaningReport
    private let seconds: Double

    init(_ report: CleaningReport, seconds: Double) {
        self.report = report
        self.seconds = seconds
    }

    var text: String {
        var rows = [("Documents", report.documents), ("Kept", report.kept)]
        for (reason, count) in report.dropped.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }
        ) {
            rows.append(("  dropped: \(CleaningReport.words(for: reason))", count))
        }
        for (name, count) in report.changes.sorted(by: { $0.key < $1.key }) {
            rows.append(("  changed: \(name.separatedWords)", count))
        }
        let speed = Double(report.bytesBefore) / max(seconds, 1e-6) / 1e6
        return table(rows) + """

            Text: \(NumberText.bytes(report.bytesBefore)) → \(NumberText.bytes(report.bytesAfter)), \
            \(String(format: "%.0f", speed)) MB/s
            Next: minigpt tokenizer train
            """
    }

    private func table(_ rows: [(String, Int)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        let numbers = rows.map { NumberText.count($0.1) }
        let numberWidth = numbers.map(\.count).max() ?? 0
        return zip(rows, numbers).map { row, number in
            let name = row.0.padding(toLength: width, withPad: " ", startingAt: 0)
            return name + "  " + String(repeating: " ", count: numberWidth - number.count) + number
        }.joined(separator: "\n") + "\n"
    }
}
