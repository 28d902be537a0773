import Foundation
import MiniGPT
import TestSupport
import Testing

extension Workshop {
    /// Letters, some pairs of them, and an end of text.
    private static let tokenizer: BytePairTokenizer = {
        do {
            return try BytePairTokenizer.train(
                on: Workshop.verses, vocabularySize: 300, specialTokens: ["<|endoftext|>"])
        } catch { preconditionFailure("\(error)") }
    }()

    /// A model that knows nothing, but says different things.
    static func tinyModel(vocabularySize: Int = 300, contextLength: Int = 32) -> GPT {
        var generator = SplitMix64(seed: 4)
        var model = GPT(
            .init(
                vocabularySize: vocabularySize, contextLength: contextLength, layers: 2, heads: 2,
                width: 16), using: &generator)
        model.tokenEmbedding.weight = model.tokenEmbedding.weight * 15
        return model
    }

    /// A folder with a Hugging Face directory `model` and a GGUF file `model.gguf` of the same tiny
    /// model, and some files that cannot be used.
    static func withModel() throws -> Workshop {
        let workshop = try Workshop()
        let model = tinyModel(vocabularySize: tokenizer.vocabularySize)
        try model.export(
            huggingFace: workshop.folder.appendingPathComponent("model"),
            tokenizerFiles: [("tokenizer.json", Data(try tokenizer.huggingFaceJSON()))])
        try model.export(
            gguf: workshop.folder.appendingPathComponent("model.gguf"),
            tokenizer: GGUFTokenizer(tokenizer))
        try workshop.write("wrong.gbnf", "root ::= root \"x\" | \"y\"")
        try workshop.write("choice.gbnf", "root ::= \"the mill\" | \"the water\"")
        try workshop.write(
            "schema.json", #"{"type":"array","items":{"type":"boolean"},"maxItems":2}"#)
        try workshop.write("latin1.txt", Data([0x63, 0x61, 0x66, 0xE9, 0x20]))
        return workshop
    }
}
