import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt`: from a text to a model that answers, one step or all at once.
@main
struct MiniGPTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minigpt",
        abstract: "From a text to a GPT that answers, on the CPU.",
        discussion: """
            A project is a directory. `minigpt status` says how far it has come and which command is \
            next; `minigpt run` goes the whole way.

            Examples:
              minigpt run --text book.txt
              minigpt status
              minigpt help train
            """,
        version: "MiniGPT 0.1.0 (unreleased)",
        subcommands: [
            Run.self,
            Status.self,
            Collect.self,
            Clean.self,
            TokenizerCommand.self,
            Prepare.self,
            Train.self,
            FineTune.self,
            Evaluate.self,
            Generate.self,
            Chat.self,
            Serve.self,
            Export.self,
            Import.self,
            Info.self,
            PlanCommand.self,
            DoctorCommand.self,
        ])

    /// Errors are one sentence on standard error, with exit code 1; 64 is for flags that make no
    /// sense, 130 for Ctrl-C.
    static func main() async {
        do {
            _ = try ProductEngine(environment: ProcessInfo.processInfo.environment)
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as PipelineError {
            Console().complain("minigpt: \(error.commandSentence)")
            Foundation.exit(1)
        } catch let error as EnvironmentError {
            Console().complain("minigpt: \(error)")
            Foundation.exit(1)
        } catch {
            exit(withError: error)
        }
    }
}
