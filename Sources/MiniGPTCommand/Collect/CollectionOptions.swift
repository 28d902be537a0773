import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// What all sources have.
struct CollectionOptions: ParsableArguments {
    @Flag(help: "Drop what was collected before.") var replace = false

    @OptionGroup var project: ProjectOptions
    @OptionGroup var output: OutputOptions

    /// A collection from a source, as the flags ask for it.
    ///
    /// - Parameter network: none for a source that needs no network.
    func request(
        _ source: some TextSource, network: NetworkOptions? = nil, contact: String? = nil
    ) -> CollectionRequest {
        var request = CollectionRequest(source, contact: contact)
        request.replaces = replace
        if let network { request.pace = network.pace }
        return request
    }

    func run(_ request: CollectionRequest) async throws {
        try await Collect.run(request, in: project.project, output.output)
    }
}

extension Collect {
    /// Collects, shows how far it is, and what came of it.
    static func run(
        _ request: CollectionRequest, in project: Project, _ output: Output
    ) async throws {
        let stop = StopSignal.onInterrupt()
        let work = Task {
            let teller = CollectionTeller(output)
            return try await request.run(in: project, tell: { teller.tell($0) })
        }
        // A signal can come at any time, also during a wait for a server.
        let watch = Task {
            while !stop.isRaised { try await Task.sleep(for: .milliseconds(50)) }
            work.cancel()
        }
        defer { watch.cancel() }
        do {
            let summary = try await work.value
            if !output.json { output.console.clearLine() }
            try output.show(summary, text: CollectionSummaryText(summary, project).text)
        } catch {
            output.console.clearLine()
            guard stop.isRaised, !(error is PipelineError) else { throw error }
            output.console.complain(
                "minigpt: Stopped; what has come is kept, and the same command goes on.")
            throw ExitCode(stop.exitCode ?? 130)
        }
    }
}

/// How servers are asked.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At least so long between two questions to a server.", valueName: "seconds"))
    var interval = 1.0

    @Option(help: "How often a question is asked before giving up.") var attempts = 6

    @Option(
        help: ArgumentHelp(
            "How long to wait after the first failure; then twice as long each time.",
            valueName: "seconds"))
    var retryWait = 1.0

    @Option(
        help: ArgumentHelp(
            "The longest wait. A server that asks for more ends the collection, which the same command goes on with later.",
            valueName: "seconds"))
    var longestWait = 120.0

    @Option(help: ArgumentHelp("How long one answer may take.", valueName: "seconds"))
    var timeout = 60.0

    func validate() throws {
        for (name, value) in [
            ("interval", interval), ("retry-wait", retryWait), ("longest-wait", longestWait),
        ] where !(value >= 0 && value <= 86_400) {
            throw ValidationError("--\(name) is \(value), but must be from 0 to 86400 seconds.")
        }
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout is \(timeout), but must be from 0 to 86400 seconds.")
        }
        guard (1...1000).contains(attempts) else {
            throw ValidationError("--attempts is \(attempts), but must be from 1 to 1000.")
        }
    }

    var pace: Pace {
        var pace = Pace()
        pace.interval = interval
        pace.attempts = attempts
        pace.firstWait = retryWait
        pace.longestWait = longestWait
        pace.deadline = timeout
        return pace
    }
}
