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

    var console: Console { Console() }

    /// Shows a result: as JSON if that is asked for, as text otherwise.
    func show(_ result: some Encodable, text: @autoclosure () -> String) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            console.write(String(decoding: try encoder.encode(result), as: UTF8.self) + "\n")
        } else {
            console.write(text() + "\n")
        }
    }

    /// Tells what is going on, unless the reader wants results only.
    func note(_ text: String) {
        if !quiet, !json { console.write(text + "\n") }
    }
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
        try Compute.$threads.withValue(threads ?? Compute.threads, operation: body)
    }
}
