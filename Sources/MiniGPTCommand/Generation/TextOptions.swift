import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// The prompt, and where the text ends.
struct TextOptions: ParsableArguments {
    @Option(help: "Where the text starts.") var prompt: String?
    @Option(help: "A UTF-8 file where the text starts; - for standard input.")
    var promptFile: String?
    // `.unconditional`, so that a negative number is a value and is refused by name.
    @Option(parsing: .unconditional, help: "How many tokens to make at most.") var tokens = 200
    @Option(parsing: .unconditional, help: "How many tokens to make at least.")
    var minimumTokens = 0
    @Option(parsing: .unconditional, help: "Decides the sampler's choices.")
    var seed: UInt64 = 1337
    @Option(
        parsing: .unconditional, help: "How many continuations, with seed, seed + 1, and so on.")
    var count = 1
    @Option(help: "Stop before this text; may be given several times.") var stop: [String] = []
    @Option(parsing: .unconditional, help: "Stop after so many seconds.") var timeLimit: Double?
    @Flag(help: "Go on after the end of text.") var ignoreEnd = false
    @Option(
        parsing: .unconditional,
        help: "Keep so many of the first tokens when the context is full.")
    var keep = 0
    @Option(
        parsing: .unconditional,
        help: "Show each token with its log-probability and so many alternatives.")
    var alternatives: Int?

    func validate() throws {
        guard count >= 1 else {
            throw ValidationError("--count is \(count), but must be at least 1.")
        }
        guard prompt == nil || promptFile == nil else {
            throw ValidationError("Give --prompt or --prompt-file, not both.")
        }
        if let timeLimit, !(0...1e9).contains(timeLimit) {
            throw ValidationError(
                "--time-limit is \(timeLimit), but must be from 0 to 1e9 seconds.")
        }
    }

    func promptText() throws -> String {
        try promptFile.map(InputText.read) ?? prompt ?? ""
    }

    func options() -> GenerationOptions {
        var options = GenerationOptions(maximumTokens: tokens, seed: seed)
        options.minimumTokens = minimumTokens
        options.stopStrings = stop
        options.stopsAtEndOfText = !ignoreEnd
        options.context = .slide(keepingFirst: keep)
        options.alternatives = alternatives
        if let timeLimit { options.timeLimit = .seconds(timeLimit) }
        return options
    }
}
