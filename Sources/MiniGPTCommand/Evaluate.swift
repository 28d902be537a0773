import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt evaluate`: how well models predict a text.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how well models predict a text: loss, perplexity, bits per byte.",
        discussion: """
            Without flags it takes the newest run of the project and its validation text, beside \
            what counting sequences of 1 to 5 bytes in the training text gives. A model that does not \
            beat those has learned little.

            Loss and perplexity are for each token, so they only compare models of one tokenizer. \
            Bits per byte compare any: how many bits a perfect packer would need for each byte of \
            the text.

            A long text is read in windows of the model's context. They do not overlap unless \
            --stride is given, so the first tokens of each are predicted from little. With --stride N \
            they are N tokens apart, and each token is predicted from at least context − N others: a \
            lower, truer loss for context / N times the work. The first token of the text is never \
            predicted; a window's first one is, by the window before.

            Examples:
              minigpt evaluate
              minigpt evaluate --text book.txt --model runs/shakespeare --model gpt2.gguf
              minigpt evaluate --text book.txt --model gpt2 --stride 512 --baseline-text other.txt
              minigpt evaluate --weights q4_0 --json
            """)

    @OptionGroup var project: ProjectOptions

    @Option(
        help: ArgumentHelp(
            "The text, UTF-8. (default: the project's validation text)", valueName: "file"))
    var text: String?

    @Option(
        help: ArgumentHelp(
            "A run, a checkpoint, a Hugging Face directory or a GGUF file; may be given several times. (default: the project's newest run)",
            valueName: "path"))
    var model: [String] = []

    @Option(
        help: ArgumentHelp(
            "Another tokenizer than the models' own, for all of them.", valueName: "path"))
    var tokenizer: String?

    @Option(
        parsing: .unconditional,
        help: "How many tokens windows are apart. (default: each model's context)")
    var stride: Int?

    @Option(
        help: ArgumentHelp(
            "How weights are kept: f32, f16, bf16, q8_0 or q4_0.", valueName: "format"))
    var weights: NumberFormat = .float32

    @Option(
        help: ArgumentHelp(
            "What the baselines count. (default: the project's training text)", valueName: "file"))
    var baselineText: String?

    @Option(
        parsing: .unconditional,
        help: "The longest sequences of bytes that are counted, 1 to 7; 0 for no baselines.")
    var order = 5

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard order == 0 || NGramModel.orders.contains(order) else {
            throw ValidationError("--order is \(order), but must be from 0 to 7.")
        }
        if let stride, stride < 1 {
            throw ValidationError("--stride is \(stride), but must be at least 1.")
        }
    }

    func run() throws {
        let place = project.project
        let text =
            try text
            ?? Self.file(
                "data/processed/validation.txt", of: place, flag: "--text")
        let evaluator = try Evaluator(contentsOf: URL(fileURLWithPath: text))
        var result = Evaluation(
            text: text, bytes: evaluator.bytes, characters: evaluator.characters, scores: [])
        for path in model.isEmpty ? [nil] : model.map(Optional.some) {
            result.scores.append(
                try threads.run {
                    try score(path, evaluator, place)
                })
        }
        result.scores += try baselines(evaluator, place)
        let size =
            "\(NumberText.count(result.bytes)) bytes, \(NumberText.count(result.characters)) characters"
        try output.show(result, text: "\(text): \(size)\n\n\(result.table)")
    }

    private func score(
        _ path: String?, _ evaluator: Evaluator, _ place: Project
    ) throws -> TextScore {
        let console = output.console
        let source = try ModelSource.open(
            place.modelPath(path), tokenizer: tokenizer, console)
        let name = path ?? place.relativePath(source.url)
        let showsProgress = console.isTerminal && !output.json && !output.quiet
        defer { if showsProgress { console.clearLine() } }
        return try evaluator.score(
            try source.gpt(), source.tokenizer, name: name, stride: stride, weights: weights
        ) { share in
            if showsProgress { console.replaceLine("\(name): \(Int(share * 100)) %") }
        }
    }

    private func baselines(_ evaluator: Evaluator, _ place: Project) throws -> [TextScore] {
        guard order > 0 else { return [] }
        let usual = place.url("data/processed/train.txt").path
        guard
            let path = baselineText ?? (FileManager.default.fileExists(atPath: usual) ? usual : nil)
        else {
            output.note("No baselines: name a text for them with --baseline-text.")
            return []
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), !data.isEmpty else {
            throw PipelineError(
                "The text for the baselines, \(path), cannot be read or is empty; name another with --baseline-text."
            )
        }
        if data.count > NGramModel.maximumBytes {
            let size = NumberText.bytes(NGramModel.maximumBytes)
            output.note("The baselines count the first \(size) of \(path).")
        }
        return evaluator.scores(NGramModel(order: order, text: data))
    }

    private static func file(
        _ name: String, of project: Project, flag: String
    ) throws(PipelineError) -> String {
        let path = project.url(name).path
        guard FileManager.default.fileExists(atPath: path) else {
            throw PipelineError(
                "\(project.directory.path) has no \(name); run `minigpt prepare` first, or name a text with \(flag)."
            )
        }
        return path
    }
}
