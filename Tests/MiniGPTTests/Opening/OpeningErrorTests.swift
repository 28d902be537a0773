import Foundation
import MiniGPT
import Testing

@Suite("What cannot be opened is refused by name")
struct OpeningErrorTests {
    private let specimen: Specimen

    init() throws { specimen = try Specimen() }

    private func error(_ name: String, tokenizer: String? = nil) -> OpeningError? {
        openingError { _ = try LanguageModels.open(specimen.path(name), tokenizer: tokenizer) }
    }

    private func write(_ text: String, _ name: String) throws {
        let url = specimen.directory.file(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    @Test("Places without a model")
    func places() throws {
        #expect(error("nowhere") == .nothing(path: specimen.path("nowhere")))
        try write("a poem", "poem.txt")
        #expect(error("poem.txt") == .notAModel(path: specimen.path("poem.txt"), content: nil))
        try write("", "nothing")
        #expect(error("nothing")?.description.contains("is no model. ") == true)
        try specimen.write(.huggingFace, as: "folder")
        let weights = "folder/model.safetensors"
        #expect(error(weights) == .weightsAlone(path: specimen.path(weights)))
        try write("{}", "project/minigpt.json")
        #expect(error("project") == .emptyProject(path: specimen.path("project")))
        #expect(error("project")?.description.hasSuffix("has no model yet; train one.") == true)
        try write("", "empty/readme.txt")
        #expect(error("empty") == .noModel(directory: specimen.path("empty")))
        #expect(
            error("empty")?.description.hasSuffix("; train one or name another place.") == true)
        try specimen.writeRun("run", of: specimen.model)
        #expect(error("run/best") == .noBest(run: specimen.path("run")))
    }

    @Test("Models whose files are damaged")
    func damaged() throws {
        try specimen.writeRun("run", of: specimen.model)
        try write("{}", "run/checkpoints/step-00000001/manifest.json")
        guard case .noWholeCheckpoint(_, let reasons) = error("run") else {
            Issue.record("\(error("run")?.description ?? "It was opened.")")
            return
        }
        #expect(reasons.count == 1 && reasons[0].hasPrefix("step-00000001: "))
        try write("{", "folder/config.json")
        #expect(error("folder")?.description.contains("config.json is damaged") == true)
        try specimen.write(.gguf, as: "model.gguf")
        try write("{", "model.gguf.chat.json")
        #expect(
            error("model.gguf")?.description.hasSuffix(
                "model.gguf.chat.json is damaged (it is not JSON); delete it, or fine-tune the model again."
            ) == true)
    }

    @Test("Tokenizers that are missing, another model's, or SentencePiece's")
    func tokenizers() throws {
        try specimen.write(.llmC, as: "model.bin")
        #expect(
            error("model.bin")?.description
                == "\(specimen.path("model.bin")) has no tokenizer, as no file of llm.c has; name the tokenizer to use."
        )
        try specimen.writeRun("bare", of: specimen.model, withTokenizer: false)
        #expect(
            error("bare")
                == .noTokenizer(
                    path: specimen.path("bare/checkpoints/step-00000001"), reason: ""))
        #expect(
            error("model.bin", tokenizer: specimen.path("none"))
                == .nothingWithTokens(path: specimen.path("none")))

        let large = try BytePairTokenizer.train(
            on: "The mill goes round and round and round.", vocabularySize: 300,
            specialTokens: (0..<40).map { "<|\($0)|>" })
        try Data(large.fileContents()).write(to: specimen.directory.file("large.json"))
        let tokens = large.vocabularySize
        #expect(
            error("model.bin", tokenizer: specimen.path("large.json"))
                == .otherTokenizer(
                    path: specimen.path("model.bin"), tokens: tokens,
                    vocabularySize: specimen.model.vocabularySize))

        // The first bytes of a SentencePiece model: a piece in a message.
        let file = try specimen.directory.write([0x0A, 0x0E, 0x0A, 0x05, 0x41], as: "t.model")
        #expect(error("model.bin", tokenizer: file.path) == .sentencePiece(path: file.path))
        var asked = ""
        let opened = try LanguageModels.open(
            specimen.path("model.bin"), tokenizer: file.path,
            sentencePiece: { path in
                asked = path
                return specimen.tokenizer
            })
        #expect(asked == file.path)
        #expect(opened.tokenizer.vocabularySize == specimen.tokenizer.vocabularySize)
    }

    @Test(
        "End tokens are tokens of the model",
        arguments: ["-1", "1.5", "[3, 99999]", "4294967297", "\"end\""])
    func endTokens(_ value: String) throws {
        try specimen.write(.huggingFace, as: "model")
        try write("{\"eos_token_id\": \(value)}", "model/generation_config.json")
        #expect(error("model")?.description.contains("eos_token_id") == true)
        try write("{\"eos_token_id\": [3, 5]}", "model/generation_config.json")
        let opened = try LanguageModels.open(specimen.path("model"))
        #expect(opened.endTokens.isSuperset(of: [3, 5]))
    }
}
