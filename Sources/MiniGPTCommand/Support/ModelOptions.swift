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

    /// What `ModelSource` reads.
    var path: String { place.project.modelPath(model) }

    /// Reads the model, and says which damaged checkpoints were passed over.
    func source(_ console: Console) throws -> ModelSource {
        try ModelSource.open(path, tokenizer: tokenizer, console)
    }
}

extension ModelSource {
    /// Reads a model, and says which damaged checkpoints were passed over.
    static func open(
        _ path: String, tokenizer: String? = nil, _ console: Console
    ) throws -> ModelSource {
        let source = try ModelSource(path, tokenizer: tokenizer)
        for reason in source.skipped {
            console.complain("Passed over a damaged checkpoint: \(reason)")
        }
        return source
    }
}
