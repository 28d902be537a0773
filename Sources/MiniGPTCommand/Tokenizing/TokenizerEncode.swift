import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt tokenizer encode`
struct TokenizerEncode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Turns a text into token ids.",
        discussion: """
            Examples:
              minigpt tokenizer encode "To be, or not to be"
              minigpt tokenizer encode --file book.txt --out book.tokens
              cat book.txt | minigpt tokenizer encode --tokenizer gpt2 --json
            """)

    @OptionGroup var which: TokenizerOptions
    @OptionGroup var input: TextArguments
    @Flag(help: "The names of special tokens in the text become those tokens.") var special = false
    @Option(help: "Write a token file instead of showing the ids.") var out: String?
    @Flag(help: "Replace the file of --out.") var force = false
    @OptionGroup var output: OutputOptions

    func run() throws {
        let tokenizer = try which.open()
        let text = try input.read()
        let tokens = try describing { () throws(TokenizerError) in
            try tokenizer.encode(text, specialTokens: special ? .recognized : .asText)
        }
        guard let out else {
            return try output.show(tokens, text: tokens.map(String.init).joined(separator: " "))
        }
        let url = URL(fileURLWithPath: out)
        try Overwriting.check(url, force: force)
        do {
            try TokenStore.write(tokens, vocabularySize: tokenizer.vocabularySize, to: url)
        } catch {
            throw PipelineError("\(out) cannot be written: \(error.localizedDescription)")
        }
        output.note("\(out): \(NumberText.count(tokens.count)) tokens")
    }
}

/// `minigpt tokenizer decode`
struct TokenizerDecode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Turns token ids into text.",
        discussion: """
            Examples:
              minigpt tokenizer decode 84 111 32 98 101
              minigpt tokenizer decode --file book.tokens > book.txt
              minigpt tokenizer encode "To be" | minigpt tokenizer decode
            """)

    @OptionGroup var which: TokenizerOptions
    @Argument(help: "The ids. (default: standard input)") var ids: [String] = []
    @Option(help: "A token file, or a text of ids.") var file: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard ids.isEmpty || file == nil else {
            throw ValidationError("Give ids or --file, not both.")
        }
    }

    func run() throws {
        let tokenizer = try which.open()
        let size = tokenizer.vocabularySize
        let tokens =
            if let file {
                try TokenList.read(URL(fileURLWithPath: file), vocabularySize: size)
            } else if ids.isEmpty {
                try TokenList.read(InputText.read("-"))
            } else {
                try TokenList.read(ids.joined(separator: " "))
            }
        if let unknown = tokens.first(where: { Int($0) >= size }) {
            throw PipelineError("There is no token \(unknown); the tokenizer has \(size).")
        }
        if output.json {
            try output.show(tokenizer.decode(tokens), text: "")
        } else {
            // The very bytes: a token can be a part of a character.
            FileHandle.standardOutput.write(Data(tokenizer.decodeBytes(tokens)))
            if output.console.isTerminal { output.console.write("\n") }
        }
    }
}
