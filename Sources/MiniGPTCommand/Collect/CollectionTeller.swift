import Foundation
import MiniPipeline
import Synchronization

/// Tells what goes on in a collection: on a terminal in one line that changes, otherwise only what
/// went wrong.
final class CollectionTeller: Sendable {
    private let output: Output
    private let last = Mutex(-Double.infinity)

    init(_ output: Output) { self.output = output }

    func tell(_ event: CollectionEvent) {
        guard !output.json, !output.quiet else { return }
        switch event {
        case .progress(let count, let total, let name):
            guard output.console.isTerminal, isDue(count == total) else { return }
            let share = total.map { " of \(NumberText.count($0))" } ?? ""
            let line = "\(NumberText.count(count))\(share)  \(name)"
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
        var parts = ["\(NumberText.count(summary.added)) new"]
        if summary.updated > 0 { parts.append("\(NumberText.count(summary.updated)) updated") }
        if summary.unchanged > 0 {
            parts.append("\(NumberText.count(summary.unchanged)) as before")
        }
        if !summary.skipped.isEmpty {
            parts.append("\(NumberText.count(summary.skipped.count)) left out")
        }
        let what = summary.documents == 1 ? "document" : "documents"
        return """
            Collected \(NumberText.count(summary.documents)) \(what), \(NumberText.bytes(summary.bytes)) of text: \
            \(parts.joined(separator: ", ")).
            \(project.relativePath(project.documents(of: .collect)))
            Next: minigpt clean
            """
    }
}
