import Foundation
import MiniPipeline
import Synchronization

/// Tells what goes on in a collection: on a terminal in one line that changes, otherwise only what
/// went wrong.
final class CollectionTeller: Sendable {
    private let output: OutputOptionsSnapshot
    private let last = Mutex(-Double.infinity)

    private struct OutputOptionsSnapshot: Sendable {
        let isSilent: Bool
        let console: Console
    }

    init(_ output: OutputOptions) {
        self.output = OutputOptionsSnapshot(
            isSilent: output.json || output.quiet, console: output.console)
    }

    func tell(_ event: CollectionEvent) {
        guard !output.isSilent else { return }
        switch event {
        case .progress(let count, let total, let name):
            guard output.console.isTerminal, isDue(count == total) else { return }
            let share = total.map { " of \(Amount.count($0))" } ?? ""
            let line = "\(Amount.count(count))\(share)  \(name)"
            output.console.replaceLine(String(line.prefix(max(10, output.console.columns - 1))))
        case .retry(let sentence), .note(let sentence):
            output.console.complain(sentence)
        case .skipped(let text):
            output.console.complain("Left out: \(text.name) \(text.reason).")
        }
    }

    /// Ten times a second is enough for an eye.
    private func isDue(_ isLast: Bool) -> Bool {
        let now = ProcessInfo.processInfo.systemUptime
        return last.withLock { last in
            guard isLast || now - last > 0.1 else { return false }
            last = now
            return true
        }
    }
}

/// A summary as lines for people.
struct CollectionSummaryText {
    private let summary: CollectionSummary
    private let project: Project

    init(_ summary: CollectionSummary, _ project: Project) {
        self.summary = summary
        self.project = project
    }

    var text: String {
        var parts = ["\(Amount.count(summary.added)) new"]
        if summary.updated > 0 { parts.append("\(Amount.count(summary.updated)) updated") }
        if summary.unchanged > 0 { parts.append("\(Amount.count(summary.unchanged)) as before") }
        if !summary.skipped.isEmpty {
            parts.append("\(Amount.count(summary.skipped.count)) left out")
        }
        let what = summary.documents == 1 ? "document" : "documents"
        return """
            Collected \(Amount.count(summary.documents)) \(what), \(Amount.bytes(summary.bytes)) of text: \
            \(parts.joined(separator: ", ")).
            \(project.relativePath(project.documents(of: .collect)))
            Next: minigpt clean
            """
    }
}
