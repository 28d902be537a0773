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
        let tokenizer = try BytePairTokenizer.train(
            on: text, vocabularySize: 300, splitting: .gpt4)
        let error = try #require(throws: TokenizerError.self) { _ = try GGUFTokenizer(tokenizer) }
        #expect(error.description.contains("GPT-2"))
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
