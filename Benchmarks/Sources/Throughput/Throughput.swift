import ArgumentParser
import Foundation
import MiniGPT
import Workloads

/// How fast this machine multiplies, attends and trains.
@main
struct Throughput: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Throughput",
        abstract: "How fast MiniGPT multiplies matrices, attends and trains on this machine.",
        discussion: "Without a subcommand: a short table of all three, in under two minutes.",
        subcommands: [
            Summary.self, Matmul.self, ProductComparison.self, Attention.self, Layers.self,
            Train.self,
            Scaling.self, Profile.self,
            Generate.self,
        ],
        defaultSubcommand: Summary.self)
}

/// Options that every measurement has.
struct CommonOptions: ParsableArguments {
    @Option(help: "Threads to use; all processors unless given.")
    var threads = Compute.defaultThreads

    @Option(
        help: "Who multiplies matrices: automatic, own or blas. (default: MINIGPT_PRODUCTS)",
        transform: { text in
            guard let engine = ProductEngine(rawValue: text) else {
                throw ValidationError("--products is \(text), but must be automatic, own or blas.")
            }
            return engine
        })
    var products = Compute.defaultProducts

    @Flag(help: "Print one line of JSON, for scripts.")
    var json = false

    func validate() throws {
        do {
            try Limits.check("number of threads", threads, 1...Compute.defaultThreads)
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Calls `body` with operations limited to these threads and this engine.
    func withThreads<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Compute.$threads.withValue(threads) {
            try Compute.$products.withValue(products, operation: body)
        }
    }

    /// Prints what the figures below it were measured on.
    func printHeader(peak: Double) {
        print(Machine().description(peak: peak, threads: threads), terminator: "\n\n")
    }
}

/// Prints a value as one line of JSON with its keys in order.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Checks a number of seconds from the command line.
func checkSeconds(_ seconds: Double) throws {
    guard seconds > 0, seconds <= 3_600 else {
        throw ValidationError("The seconds are \(seconds), but must be above 0 and at most 3600.")
    }
}
