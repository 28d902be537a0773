import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline
import MiniSupport

/// `minigpt tokenizer inspect`
struct TokenizerInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows how a text is cut into tokens.",
        discussion: """
            In a terminal every token has a colour of its own; elsewhere a | stands between them.

            Examples:
              minigpt tokenizer inspect "To be, or not to be" --ids
              minigpt tokenizer inspect --file book.txt --html tokens.html
              minigpt tokenizer inspect "the theatre" --replay 20 --file-of-replay book.txt
              minigpt tokenizer inspect --longest 15 ""
            """)

    @OptionGroup var which: TokenizerOptions
    @OptionGroup var input: TextArguments
    @Flag(help: "Show the id of every token.") var ids = false
    @Option(parsing: .unconditional, help: "Show so many of the longest tokens of the vocabulary.")
    var longest = 0
    @Option(
        parsing: .unconditional,
        help: "Play the first merges of a training again, and what becomes of the text.")
    var replay = 0
    @Option(help: "The text that the replayed training learns from. (default: the project's)")
    var fileOfReplay: String?
    @Option(help: "Write a page with the tokens in colours.") var html: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (name, value) in [("longest", longest), ("replay", replay)] where value < 0 {
            throw ValidationError("--\(name) is \(value), but must be at least 0.")
        }
    }

    func run() throws {
        let tokenizer = try which.open()
        let text = try input.read()
        let view = try describing { () throws(TokenizerError) in
            try TokenView(text, tokenizer: tokenizer)
        }
        let report = Report(view, tokenizer, longest: longest)
        if let html {
            let page = view.html(title: "\(view.pieces.count) tokens")
            try describing(html) { () throws(FileFailure) in
                try AtomicFile.write(page.utf8, to: URL(fileURLWithPath: html))
            }
            output.note("\(html): \(view.pieces.count) tokens")
        } else {
            try output.show(report, text: report.text(view, output.console, showsIDs: ids))
        }
        if replay > 0 { try play(text) }
    }

    /// Trains once more, and shows the first merges.
    private func play(_ sample: String) throws {
        let text = fileOfReplay ?? which.place.project.text(of: .clean).path
        var trainer = TokenizerTraining().trainer()
        trainer.vocabularySize = min(256 + trainer.specialTokens.count + replay, 1 << 20)
        let training = try describing { () throws(TokenizerError) in
            try trainer.train(onFiles: [text])
        }
        output.console.write(TrainingReplay(training, sample: sample).table(replay))
    }

    private struct Report: Encodable {
        struct Token: Encodable {
            let id: Int32
            let text: String
            let bytes: [UInt8]
            let isSpecial: Bool
        }

        let tokens: [Token]
        let bytes: Int
        let bytesPerToken: Double?
        let longest: [String]

        init(_ view: TokenView, _ tokenizer: some TextTokenizer, longest count: Int) {
            tokens = view.pieces.map {
                Token(
                    id: $0.token, text: String(decoding: $0.bytes, as: UTF8.self),
                    bytes: $0.bytes, isSpecial: $0.isSpecial)
            }
            bytes = view.byteCount
            bytesPerToken = tokens.isEmpty ? nil : Double(bytes) / Double(tokens.count)
            let all = (0..<Int32(clamping: tokenizer.vocabularySize)).compactMap { token in
                tokenizer.isSpecial(token)
                    ? nil : tokenizer.bytes(of: token).map { ($0.count, token) }
            }
            longest = all.sorted { ($0.0, $1.1) > ($1.0, $0.1) }.prefix(count).map {
                String(decoding: tokenizer.bytes(of: $0.1) ?? [], as: UTF8.self)
            }
        }

        func text(_ view: TokenView, _ console: Console, showsIDs: Bool) -> String {
            var lines = [view.terminal(usesColor: console.hasColors)]
            if showsIDs {
                lines.append(tokens.map { "\($0.id)" }.joined(separator: " "))
            }
            let ratio = bytesPerToken.map { String(format: ", %.2f bytes per token", $0) } ?? ""
            lines.append("\(tokens.count) tokens, \(bytes) bytes\(ratio)")
            lines += longest.map { $0.debugDescription }
            return lines.joined(separator: "\n")
        }
    }
}

/// `minigpt tokenizer compare`
struct TokenizerCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Shows what several tokenizers make of one text.",
        discussion: """
            Examples:
              minigpt tokenizer compare models/tokenizer.json gpt2 --file book.txt
              minigpt tokenizer compare . cl100k_base.tiktoken llama.model --file book.txt --json
            """)

    @Argument(help: "Tokenizers: files or directories of any kind, runs, projects, GGUF files.")
    var tokenizers: [String]
    @Option(help: "A UTF-8 file with the text. (default: standard input)") var file: String?
    @OptionGroup var output: OutputOptions

    func run() throws {
        let text = try InputText.read(file ?? "-")
        var opened: [(name: String, tokenizer: any TextTokenizer)] = []
        for name in tokenizers {
            do throws(PipelineError) {
                opened.append((name, try TokenizerSource.open(name)))
            } catch {
                // The others are compared all the same; the exit code tells.
                output.console.complain("\(name) is left out: \(error.commandSentence)")
            }
        }
        guard !opened.isEmpty else { throw ExitCode(1) }
        let contest = TokenizerContest(on: text, opened)
        try output.show(contest, text: self.text(contest))
        if opened.count < tokenizers.count { throw ExitCode(1) }
    }

    private func text(_ contest: TokenizerContest) -> String {
        let headings = [
            "tokenizer", "vocabulary", "tokens", "distinct", "bytes/token", "unknown", "seconds",
        ]
        return TextTable(
            [headings]
                + contest.entries.map { entry in
                    [
                        entry.name, NumberText.count(entry.vocabularySize),
                        entry.tokens.map(NumberText.count) ?? "refused",
                        NumberText.count(entry.distinctTokens),
                        entry.bytesPerToken.map { String(format: "%.3f", $0) } ?? "–",
                        String(format: "%.2f %%", entry.unknownShare * 100),
                        String(format: "%.3f", entry.seconds),
                    ]
                }
        ).text()
    }
}
