import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// Which model; every command that uses one has it.
struct ModelOptions: ParsableArguments {
    @OptionGroup var place: ProjectOptions
    @Option(
        help: ArgumentHelp(
            """
            The model: a run of the project or its NAME/best, a checkpoint, a directory in Hugging \
            Face's layout, a GGUF file, a file of llm.c. (default: the project's newest run)
            """, valueName: "model"))
    var model: String?
    @Option(
        help: ArgumentHelp(
            "The tokenizer: a file or a directory. (default: the model's own)",
            valueName: "tokenizer"))
    var tokenizer: String?

    /// What `ModelSource` opens.
    var path: String { place.project.modelPath(model) }

    /// Reads the model, and says which damaged checkpoints were passed over.
    ///
    /// - Parameter weights: the number format in which they are packed to generate.
    func source(_ console: Console, weights: NumberFormat = .float32) throws -> OpenedModel {
        try ModelSource.open(path, tokenizer: tokenizer, weights: weights, console)
    }
}

extension ModelSource {
    /// Reads a model, and says which damaged checkpoints were passed over.
    static func open(
        _ path: String, tokenizer: String? = nil, weights: NumberFormat = .float32,
        _ console: Console
    ) throws -> OpenedModel {
        let source = try ModelSource.open(path, tokenizer: tokenizer, weights: weights)
        for reason in source.skipped {
            console.complain("Passed over a damaged checkpoint: \(reason)")
        }
        return source
    }
}
