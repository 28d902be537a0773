import ArgumentParser
import Foundation
import MiniPipeline

/// `minigpt prepare`: the cleaned texts become tokens.
struct Prepare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns the cleaned texts into tokens, some of them kept for validation.",
        discussion: """
            Reads data/processed/documents.jsonl and models/tokenizer.json; leaves train.tokens, \
            validation.tokens, the same as train.txt and validation.txt, and prepared.json with the \
            figures, all in data/processed. Whole documents are kept for validation, the same ones \
            each time; where there are too few, it is the end of the text.

            Examples:
              minigpt prepare
              minigpt prepare --validation-share 0.05 --seed 7
            """)

    @OptionGroup var options: ProjectOptions
    @Option(parsing: .unconditional, help: "The share kept for validation, from 0.001 to 0.5.")
    var validationShare = Preparation().validationShare
    @Option(parsing: .unconditional, help: "Decides which documents that is.")
    var seed = Preparation().seed
    @OptionGroup var output: OutputOptions

    /// What the flags ask for.
    var preparation: Preparation {
        var preparation = Preparation()
        preparation.validationShare = validationShare
        preparation.seed = seed
        return preparation
    }

    func run() throws { try Self.run(preparation, in: options.project, output.output) }

    /// Prepares, shows how far it is, and what came of it.
    static func run(
        _ preparation: Preparation, in project: Project, _ output: Output
    ) throws {
        let console = output.console
        var shown = -1
        let data = try project.prepare(preparation) { share in
            let percent = Int(100 * share)
            guard output.isLive, percent > shown else { return }
            shown = percent
            console.replaceLine("Encoding: \(percent) %")
        }
        if output.isLive { console.clearLine() }
        if data.split == .text {
            output.note(
                "There are too few documents to keep whole ones for validation: the end of the text is kept."
            )
        }
        try output.show(data, text: text(data))
    }

    private static func text(_ data: PreparedData) -> String {
        [("training", data.training), ("validation", data.validation)].map { name, part in
            let name = name.padding(toLength: 10, withPad: " ", startingAt: 0)
            let ratio = Double(part.bytes) / Double(max(1, part.tokens))
            return
                "\(name)  \(NumberText.count(part.tokens, "token")) of \(NumberText.count(part.documents, "document")), \(NumberText.bytes(part.bytes)), \(String(format: "%.2f", ratio)) bytes per token"
        }.joined(separator: "\n") + "\nvocabulary  \(NumberText.count(data.vocabularySize))"
    }
}
