import Foundation
import MiniGPT
import Testing

@Suite("Tokenizers in the files of others")
struct TokenizerFilesTests {
    private let text = "The mill goes round, the miller's water sings:\n  42 times, and ÄÖ — 🌊!\n"

    private func tokenizer() throws -> BytePairTokenizer {
        try .train(on: text, vocabularySize: 300, specialTokens: ["<|endoftext|>"])
    }

    @Test func `A byte-level BPE goes into a GGUF file and comes back`() throws {
        let directory = try TemporaryDirectory()
        let tokenizer = try tokenizer()
        var generator = SplitMix64(seed: 1)
        // Three tokens more than the tokenizer has.
        let model = GPT(
            .init(vocabularySize: 303, contextLength: 8, layers: 1, heads: 1, width: 8),
            using: &generator)
        let words = try GGUFTokenizer(tokenizer)
        #expect(words.endOfText == tokenizer.endOfText.map { Int($0) } && words.endOfText != nil)
        #expect(words.types.count { $0 == .control } == 1)
        try model.export(gguf: directory.file("x.gguf"), tokenizer: words)
        let read = try #require(try GGUFFile(directory.file("x.gguf")).tokenizer())
        let back = try read.bytePairTokenizer()
        #expect(try back.encode(text) == tokenizer.encode(text))
        #expect(try back.decode(back.encode(text)) == text)
        #expect(back.merges == tokenizer.merges && back.endOfText == tokenizer.endOfText)
        #expect(back.vocabularySize == 303)
    }

    @Test func `A tokenizer that llama.cpp would misunderstand is refused`() throws {
        for rule in [SplittingRule.gpt4, .custom(pattern: ".")] {
            let tokenizer = try BytePairTokenizer.train(
                on: text, vocabularySize: 300, splitting: rule)
            let error = try #require(throws: TokenizerError.self) {
                _ = try GGUFTokenizer(tokenizer)
            }
            #expect(error.description.contains("llama.cpp has no name for this rule"))
        }
    }

    @Test(arguments: [
        ("gpt-2", "in|Ġ2024|!!"), ("llama-bpe", "in|Ġ|202|4|!!"), ("qwen2", "in|Ġ|2|0|2|4|!!"),
        ("smollm", "in|Ġ|2|0|2|4|!!"), ("gpt-4o", "in|Ġ|202|4|!!"), ("default", "in|Ġ|202|4|!!"),
        ("deepseek-coder", "in|Ġ|2|0|2|4|!!"), ("tekken", "in|Ġ|2|0|2|4|!!"),
        ("superbpe", "in|Ġ|2|024|!!"),
    ])
    func `A GGUF file's rule for words is followed and written back`(
        name: String, expected: String
    ) throws {
        // Every piece of these letters and signs becomes one token.
        let text = "in in in 2024 2024 2024 202 024 024 !! !! !!"
        let tokenizer = try BytePairTokenizer.train(
            on: text, vocabularySize: 300, splitting: .none)
        var stored = GGUFTokenizer(
            tokens: try tokenizer.tokenNames(file: "test"), merges: [], splitting: name)
        stored.merges = ["i n", "2 0", "20 2", "202 4", "0 2", "02 4", "! !", "Ġ 2024"]
        let added = ["in", "20", "202", "2024", "02", "024", "!!", "Ġ2024"]
        stored.tokens = Array(stored.tokens.prefix(256)) + added
        stored.types = Array(repeating: .normal, count: stored.tokens.count)
        let read = try stored.bytePairTokenizer()
        let names = try read.encode("in 2024!!").map {
            ByteAlphabet.visible(read.bytes(of: $0) ?? [])
        }
        #expect(names.joined(separator: "|") == expected)
        let written = try GGUFTokenizer(read)
        #expect(written.splitting == name)

        stored.splitting = nil
        #expect(
            try stored.bytePairTokenizer().splitting
                == GGUFTokenizer(
                    tokens: stored.tokens, merges: stored.merges, splitting: "default"
                ).bytePairTokenizer().splitting)
    }

    @Test(arguments: ["kimi-k2", "nonsense", ""])
    func `A GGUF file whose rule is not known is refused by the rule's name`(name: String) throws {
        let tokenizer = try tokenizer()
        var stored = try GGUFTokenizer(tokenizer)
        stored.splitting = name
        let error = try #require(throws: TokenizerError.self) {
            _ = try stored.bytePairTokenizer()
        }
        #expect(error.description.contains("tokenizer.ggml.pre"))
        #expect(error.description.contains("'\(name)' is not known here"))
    }

    @Test func `Hugging Face's files open the same tokenizer`() throws {
        let directory = try TemporaryDirectory()
        let tokenizer = try tokenizer()
        for (name, contents) in try tokenizer.huggingFaceFiles(contextLength: 64) {
            _ = try directory.write(contents, as: name)
        }
        #expect(directory.names == ["tokenizer.json", "tokenizer_config.json"])
        let back = try BytePairTokenizer.open(directory.url.path)
        #expect(try back.encode(text) == tokenizer.encode(text))
        let settings = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: directory.file("tokenizer_config.json"))) as? [String: Any])
        #expect(settings["eos_token"] as? String == "<|endoftext|>")
        #expect(settings["model_max_length"] as? Int == 64)
    }
}
