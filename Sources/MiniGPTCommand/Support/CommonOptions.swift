import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// Where the project is; every command that works in one has it.
struct ProjectOptions: ParsableArguments {
    @Option(
        name: [.customLong("project"), .customShort("C")],
        help: ArgumentHelp("The project's directory.", valueName: "folder"))
    var path = "."

    var project: Project { Project(URL(fileURLWithPath: path)) }
}

/// How results are shown; every command has it.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Results as JSON on standard output, for programs.") var json = false
    @Flag(help: "Nothing but results and errors.") var quiet = false

    var output: Output { Output(json: json, quiet: quiet) }
    var console: Console { output.console }

    /// Shows a result: as JSON if that is asked for, as text otherwise.
    func show(_ result: some Encodable, text: @autoclosure () -> String) throws {
        try output.show(result, text: text())
    }

    /// Tells what is going on, unless the reader wants results only.
    func note(_ text: String) { output.note(text) }
}

/// How many threads to use; every command that computes has it.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "How many threads to use. The result is the same with any number. (default: all)")
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 {
            throw ValidationError("--threads is \(threads), but must be at least 1.")
        }
    }

    /// Runs something with as many.
    func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Compute.with(threads: threads, body)
    }
}

extension Compute {
    /// Runs something with a number of threads, all of them if there is none.
    static func with<Result>(threads: Int?, _ body: () throws -> Result) rethrows -> Result {
        try $threads.withValue(threads ?? self.threads, operation: body)
    }
}
