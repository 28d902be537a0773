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
        guard minimumFrequency >= 1 else {
            throw ValidationError(
                "--minimum-frequency is \(minimumFrequency), but must be at least 1.")
        }
        let least = 256 + specialTokens.count
        if kind == .bytePair, !(least...1 << 20).contains(vocabulary) {
            throw ValidationError(
                "--vocabulary is \(vocabulary), but must be from \(least) (256 bytes and \(specialTokens.count) special tokens) to \(1 << 20)."
            )
        }
    }

    private var specialTokens: [String] {
        (noRoles ? [] : TokenizerTraining().specialTokens) + special
    }

    func run() throws {
        let stop = StopSignal.onInterrupt()
        var training = TokenizerTraining()
        training.kind = kind
        training.vocabularySize = vocabulary
        training.splitting =
            SplittingRule.named.first { $0.name == splitting }?.rule
            ?? SplittingRule(pattern: splitting)
        training.specialTokens = specialTokens
        training.minimumFrequency = minimumFrequency
        training.threads = threads.threads
        training.stop = stop
        let console = output.console
        if console.isTerminal, !output.quiet, !output.json {
            training.progress = { console.replaceLine(Self.text($0)) }
        }
        let result: TokenizerTraining.Result
        do {
            if let text, let out {
                let target = URL(fileURLWithPath: out)
                try Overwriting.check(target, force: force)
                result = try training.train(on: URL(fileURLWithPath: text), to: target)
            } else {
                result = try training.run(in: place.project)
            }
        } catch {
            console.clearLine()
            if let code = stop.exitCode { throw ExitCode(code) }
            throw error
        }
        console.clearLine()
        try output.show(
            result,
            text:
                "\(result.path): \(Amount.count(result.vocabularySize)) tokens from \(Amount.bytes(result.bytes)) of text, \(String(format: "%.2f", result.bytesPerToken)) bytes per token"
        )
    }

    private static func text(_ progress: TrainingProgress) -> String {
        switch progress {
        case .counting(let bytes, let total):
            "Counting words: \(Amount.bytes(bytes)) of \(Amount.bytes(total))"
        case .merging(let merges, let total):
            "Merging: \(Amount.count(merges)) of \(Amount.count(total))"
        }
    }
}
