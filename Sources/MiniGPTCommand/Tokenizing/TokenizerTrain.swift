import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

extension TokenizerTraining.Kind: ExpressibleByArgument {}

/// `minigpt tokenizer train`
struct TokenizerTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Learns a vocabulary from the project's cleaned text.",
        discussion: """
            Byte pairs start from the 256 bytes and merge what stands side by side most often. The \
            result depends on the text and the flags alone, not on the number of threads. The roles \
            of a conversation are in the vocabulary from the start, for a later fine-tuning.

            Examples:
              minigpt tokenizer train
              minigpt tokenizer train --vocabulary 8000 --splitting gpt4
              minigpt tokenizer train --kind character
              minigpt tokenizer train --text book.txt --out tokenizer.json
            """)

    @OptionGroup var place: ProjectOptions
    @Option(help: "bpe for byte pairs, or character.") var kind = TokenizerTraining.Kind.bytePair
    @Option(parsing: .unconditional, help: "How many tokens of byte pairs to make.")
    var vocabulary = 5_000
    @Option(help: "How text is cut before merging: gpt2 or gpt4, or a regular expression.")
    var splitting = "gpt2"
    @Option(help: "A further special token; may be given several times.")
    var special: [String] = []
    @Flag(help: "No special tokens but those of --special.") var noRoles = false
    @Option(parsing: .unconditional, help: "Pairs that occur less often are not merged.")
    var minimumFrequency = 2
    @Option(help: "Learn from this file instead of the project's text; needs --out.")
    var text: String?
    @Option(help: "Where to write the tokenizer of --text.") var out: String?
    @Flag(help: "Replace the file of --out.") var force = false
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (text == nil) == (out == nil) else {
            throw ValidationError("--text and --out belong together.")
        }
        let training = training
        try checkingSettings { () throws(PipelineError) in try training.check() }
    }

    private var specialTokens: [String] {
        (noRoles ? [] : TokenizerTraining().specialTokens) + special
    }

    /// What the flags ask for.
    var training: TokenizerTraining {
        var training = TokenizerTraining()
        training.kind = kind
        training.vocabularySize = vocabulary
        training.splitting =
            SplittingRule.named.first { $0.name == splitting }?.rule
            ?? SplittingRule(pattern: splitting)
        training.specialTokens = specialTokens
        training.minimumFrequency = minimumFrequency
        training.threads = threads.threads
        return training
    }

    func run() throws {
        guard let text, let out else {
            return try Self.run(training, in: place.project, output.output)
        }
        let target = URL(fileURLWithPath: out)
        try Overwriting.check(target, force: force)
        try Self.run(training, output.output) { training throws(PipelineError) in
            try training.train(on: URL(fileURLWithPath: text), to: target)
        }
    }

    /// Trains on a project's text, shows how far it is, and what came of it.
    static func run(
        _ training: TokenizerTraining, in project: Project, _ output: Output
    ) throws {
        try run(training, output) { training throws(PipelineError) in
            try training.run(in: project)
        }
    }

    private static func run(
        _ training: TokenizerTraining, _ output: Output,
        _ train: (TokenizerTraining) throws(PipelineError) -> TokenizerTraining.Result
    ) throws {
        let stop = StopSignal.onInterrupt()
        let console = output.console
        var training = training
        training.stop = stop
        if output.isLive { training.progress = { console.replaceLine(Self.text($0)) } }
        let result: TokenizerTraining.Result
        do {
            result = try train(training)
        } catch {
            console.clearLine()
            if let code = stop.exitCode { throw ExitCode(code) }
            throw error
        }
        console.clearLine()
        try output.show(
            result,
            text:
                "\(result.path): \(NumberText.count(result.vocabularySize)) tokens from \(NumberText.bytes(result.bytes)) of text, \(String(format: "%.2f", result.bytesPerToken)) bytes per token"
        )
    }

    private static func text(_ progress: TrainingProgress) -> String {
        switch progress {
        case .counting(let bytes, let total):
            "Counting words: \(NumberText.bytes(bytes)) of \(NumberText.bytes(total))"
        case .merging(let merges, let total):
            "Merging: \(NumberText.count(merges)) of \(NumberText.count(total))"
        }
    }
}
