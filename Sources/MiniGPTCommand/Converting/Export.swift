import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline
import MiniSupport

extension ModelExport.Layout: ExpressibleByArgument {}

/// `minigpt export`: a model for other programs.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model for transformers, llama.cpp, or llm.c.",
        discussion: """
            The layout follows from the name: .gguf for llama.cpp, .safetensors for the weights \
            alone, .bin for llm.c, and a directory for transformers. Nothing is ever half there.

            Examples:
              minigpt export my-model
              minigpt export my-model.gguf --numbers q8_0
              minigpt export my-model.bin --model runs/shakespeare/best --force
            """)

    @Argument(help: "Where to: a new directory or file.") var out: String
    @OptionGroup var model: ModelOptions
    @Option(name: .customLong("as"), help: "The layout, if the name does not say it.")
    var layout: ModelExport.Layout?
    @Option(help: "How numbers are stored: f32, f16, bf16; in GGUF also q8_0 and q4_0.")
    var numbers = NumberFormat.float32
    @Flag(help: "Replace what is there.") var force = false
    @OptionGroup var output: OutputOptions

    func run() throws {
        let url = URL(fileURLWithPath: out).standardizedFileURL
        try Overwriting.check(url, force: force)
        var export = try ModelExport(try model.source(output.console))
        export.numbers = numbers
        let result = try export.write(layout ?? .init(of: url), to: url)
        for note in result.notes where !output.quiet { output.console.complain(note) }
        try output.show(
            result,
            text: "\(result.path): \(result.layout.rawValue), \(NumberText.bytes(result.bytes))")
    }
}

/// `minigpt import`: a model from elsewhere becomes a run of the project.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings a model from elsewhere into the project.",
        discussion: """
            The model becomes a run with one checkpoint. From there it can be talked with, \
            fine-tuned and trained like any other.

            Examples:
              minigpt import gpt2 --name gpt2
              minigpt import model.gguf
              minigpt import gpt2_124M.bin --tokenizer gpt2 --name gpt2
            """)

    @Argument(
        help: "A directory in Hugging Face's layout, a GGUF file, a file of llm.c, a checkpoint.")
    var from: String
    @OptionGroup var place: ProjectOptions
    @Option(help: "The name of the run. (default: that of the file)") var name: String?
    @Option(help: "The tokenizer, of a model without one: a file or a directory.")
    var tokenizer: String?
    @Flag(help: "Replace a run of that name.") var force = false
    @OptionGroup var output: OutputOptions

    private var runName: String {
        name ?? URL(fileURLWithPath: from).deletingPathExtension().lastPathComponent
    }

    func validate() throws {
        try checkingSettings { () throws(PipelineError) in try RunName.check(runName) }
    }

    func run() throws {
        var action = try ModelImport(
            try ModelSource.open(from, tokenizer: tokenizer), as: runName)
        action.replaces = force
        let result = try action.run(in: place.project)
        try output.show(
            result,
            text:
                "\(result.checkpoint): \(NumberText.count(result.parameters)) parameters, vocabulary \(NumberText.count(result.vocabularySize)), context \(NumberText.count(result.contextLength))"
        )
    }
}

/// `minigpt info`: what a file or a directory is.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a file or a directory holds.",
        discussion: """
            Understood are projects, runs, checkpoints (every byte is compared with its checksum), \
            directories in Hugging Face's layout, GGUF, safetensors, llm.c, tokenizers and token \
            files. The exit code is 1 if something is damaged.

            Examples:
              minigpt info
              minigpt info runs/shakespeare/best
              minigpt info model.gguf --tensors
              minigpt info data/processed/train.tokens --json
            """)

    @Argument(help: "A file or a directory.") var path = "."
    @Flag(help: "List all tensors; in JSON they are always there.") var tensors = false
    @OptionGroup var output: OutputOptions

    func run() throws {
        let found = try Inspection(of: path)
        try output.show(found, text: text(found))
        for problem in found.problems where !output.json {
            output.console.complain(problem.commandSentence)
        }
        let mustBeWhole = ["checkpoint", "Hugging Face directory"].contains(found.kind)
        if !found.problems.isEmpty, mustBeWhole { throw ExitCode(1) }
    }

    private func text(_ found: Inspection) -> String {
        let width = found.facts.map { TerminalText.line($0.name).count }.max() ?? 0
        var lines = ["\(found.kind) \(TerminalText.line(found.path))"]
        lines += found.facts.map {
            // Names and values are those of a foreign file: nothing in them may steer the terminal.
            TerminalText.line($0.name).padding(toLength: width, withPad: " ", startingAt: 0) + "  "
                + TerminalText.line($0.value)
        }
        guard !found.tensors.isEmpty else { return lines.joined(separator: "\n") }
        if tensors {
            let rows = found.tensors.map {
                [
                    TerminalText.line($0.name), TerminalText.line($0.type), "\($0.shape)",
                    NumberText.bytes($0.bytes),
                ]
            }
            lines.append(TextTable(rows).text())
        } else {
            lines.append("\(found.tensors.count) tensors; --tensors lists them")
        }
        return lines.joined(separator: "\n")
    }
}
