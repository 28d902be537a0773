import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt tokenizer`: text to numbers and back.
struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Trains tokenizers, uses them, and looks into them.",
        discussion: """
            Examples:
              minigpt tokenizer train --vocabulary 5000
              minigpt tokenizer inspect "To be, or not to be"
              minigpt tokenizer compare models/tokenizer.json gpt2 --file book.txt
            """,
        subcommands: [
            TokenizerTrain.self,
            TokenizerEncode.self,
            TokenizerDecode.self,
            TokenizerInspect.self,
            TokenizerCompare.self,
        ])
}

/// Which tokenizer.
struct TokenizerOptions: ParsableArguments {
    @OptionGroup var place: ProjectOptions
    @Option(
        help: ArgumentHelp(
            """
            A file or directory of Hugging Face, tiktoken or SentencePiece, a run, a GGUF file. \
            (default: the project's)
            """, valueName: "tokenizer"))
    var tokenizer: String?

    func open() throws -> any TextTokenizer {
        try TokenizerSource.open(tokenizer ?? place.path)
    }
}

/// Which text: words, a file, or standard input.
struct TextArguments: ParsableArguments {
    @Argument(help: "The text. (default: standard input)") var text: String?
    @Option(help: "A UTF-8 file with the text.") var file: String?

    func validate() throws {
        guard text == nil || file == nil else {
            throw ValidationError("Give a text or --file, not both.")
        }
    }

    func read() throws -> String { try text ?? InputText.read(file ?? "-") }
}
