import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt status`: how far the project has come, and what comes next.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows which stages are done, and the command that comes next.",
        discussion: """
            Every file of every stage is read and compared with its checksum, so that damage is found \
            here and not an hour into a training.

            Examples:
              minigpt status
              minigpt status --project shakespeare --json
            """)

    @OptionGroup var options: ProjectOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let status = try options.project.status()
        try output.show(
            StatusReport(status), text: StatusTable(status, output.console).text)
    }
}

/// The status for programs.
private struct StatusReport: Encodable {
    struct Entry: Encodable {
        let stage: Stage
        let title: String
        let state: String
        let problem: String?
        let finished: Date?
        let bytes: Int?
        let facts: [String: Double]
    }

    let directory: String
    let stages: [Entry]
    let isReadyToServe: Bool
    let next: String

    init(_ status: ProjectStatus) {
        directory = status.directory
        stages = status.stages.map {
            Entry(
                stage: $0.stage, title: $0.title, state: $0.state,
                problem: $0.problem?.commandSentence, finished: $0.finished, bytes: $0.bytes,
                facts: $0.facts)
        }
        isReadyToServe = status.isReadyToServe
        next = status.next.command
    }
}

/// The status as lines for people.
private struct StatusTable {
    let status: ProjectStatus
    let console: Console

    init(_ status: ProjectStatus, _ console: Console) {
        self.status = status
        self.console = console
    }

    var text: String {
        let width = status.stages.map(\.title.count).max() ?? 0
        var lines = status.stages.map { stage in
            let title = stage.title.padding(toLength: width, withPad: " ", startingAt: 0)
            return "\(mark(stage.state))  \(title)  \(details(stage))"
        }
        lines.append("")
        lines.append("Next: \(console.colored(status.next.command, 1))")
        return lines.joined(separator: "\n")
    }

    private func mark(_ state: String) -> String {
        switch state {
        case "done": console.colored("✓", 32)
        case "missing": console.colored("·", 90)
        case "damaged": console.colored("✗", 31)
        default: console.colored("!", 33)
        }
    }

    private func details(_ stage: ProjectStatus.Entry) -> String {
        var parts: [String] = []
        if let bytes = stage.bytes { parts.append(NumberText.bytes(bytes)) }
        parts += stage.facts.sorted { $0.key < $1.key }
            .map { "\($0.key.separatedWords) \(NumberText.number($0.value))" }
        if let finished = stage.finished {
            parts.append(
                finished.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space)))
        }
        if let problem = stage.problem { parts.append(problem.commandSentence) }
        return parts.joined(separator: ", ")
    }
}
