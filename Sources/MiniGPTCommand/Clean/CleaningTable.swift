import Foundation
import MiniPipeline
import MiniSupport

/// A report of cleaning as lines for people.
struct CleaningTable {
    private let report: CleaningReport
    private let seconds: Double

    init(_ report: CleaningReport, seconds: Double) {
        self.report = report
        self.seconds = seconds
    }

    var text: String {
        var table = TextTable()
        func add(_ name: String, _ count: Int) { table.add([name, NumberText.count(count)]) }
        add("Documents", report.documents)
        add("Kept", report.kept)
        for (reason, count) in report.dropped.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }
        ) {
            add("  dropped: \(CleaningReport.words(for: reason))", count)
        }
        for (name, count) in report.changes.sorted(by: { $0.key < $1.key }) {
            add("  changed: \(name.separatedWords)", count)
        }
        let speed = Double(report.bytesBefore) / max(seconds, 1e-6) / 1e6
        return table.text() + "\n" + """

            Text: \(NumberText.bytes(report.bytesBefore)) → \(NumberText.bytes(report.bytesAfter)), \
            \(String(format: "%.0f", speed)) MB/s
            Next: minigpt tokenizer train
            """
    }
}
