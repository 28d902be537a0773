import Foundation
import MiniGPT
import Testing

@Suite("Models opened in one call")
struct LanguageModelsTests {
    private let options = GenerationOptions(maximumTokens: 12, seed: 4)

    @Test(
        "Every format is opened, described, and continues a text as its model does",
        arguments: ModelFormat.allCases)
    func formats(_ format: ModelFormat) async throws {
        let specimen = try Specimen()
        try specimen.write(format, as: "model")
        if format == .llmC { try specimen.write(.huggingFace, as: "words") }
        let opened = try LanguageModels.open(
            specimen.path("model"), tokenizer: format == .llmC ? specimen.path("words") : nil)
        #expect(opened.format == format)
        #expect(haveSameParameters(try opened.gpt(), specimen.model))
        let end = try #require(specimen.tokenizer.endOfText)
        #expect(opened.endTokens == [end])

        var same = options
        same.stopTokens = opened.endTokens
        let expected = try await text(
            of: specimen.model.generate(
                "the mill", tokenizer: specimen.tokenizer, options: same))
        #expect(try await text(of: opened.generate("the mill", options: options)) == expected)

        let about = try LanguageModels.describe(specimen.path("model"))
        #expect(about.format == format && about.kind == "GPT" && about.layers == 1)
        #expect(about.parameters == specimen.model.parameterCount)
        #expect(about.step == (format == .checkpoint ? 1 : nil))
    }

    @Test("The weights are packed once, for all calls and copies")
    func packedOnce() throws {
        let specimen = try Specimen()
        try specimen.write(.gguf, as: "model.gguf")
        let opened = try LanguageModels.open(specimen.path("model.gguf"), weights: .q8)
        let copy = opened
        guard case .packed(let first) = opened.decodingModel,
            case .packed(let second) = copy.decodingModel
        else {
            Issue.record("The weights of a GPT are not packed.")
            return
        }
        #expect(first === second)
    }

    @Test("A chat answers as a session over the model itself, and remembers the turns")
    func chat() throws {
        let specimen = try Specimen()
        try specimen.write(.checkpoint, as: "run")
        let template = ChatTemplate(
            system: .init(before: "", after: "\n"), user: .init(before: "Q", after: "\n"),
            assistant: .init(before: "A", after: "\n"))
        try template.write(to: specimen.directory.file("run/chat.json"))
        let opened = try LanguageModels.open(specimen.path("run"))
        #expect(opened.chatTemplate == template)
        #expect(try LanguageModels.describe(specimen.path("run")).isChat)

        var chat = opened.chat()
        var plain = ChatSession(
            specimen.model.predictor(), tokenizer: specimen.tokenizer, template: template)
        let messages = [ChatMessage(.user, "so?")]
        var pieces = ""
        let answer = try chat.answer(messages, options: options) { pieces += $0 }
        #expect(answer.text == (try plain.answer(messages, options: options)).text)
        #expect(answer.text == pieces.trimmingCharacters(in: .whitespacesAndNewlines))
        let longer = messages + [ChatMessage(.assistant, answer.text), ChatMessage(.user, "a")]
        #expect(try chat.answer(longer, options: options).summary.knownPromptTokens > 0)
        let error = #expect(throws: ChatError.self) {
            try chat.answer([ChatMessage(.user, String(repeating: "Z", count: 40))])
        }
        #expect(error?.description.contains("make it shorter") == true)
    }

    @Test("A model of one's own is opened as one of the kinds, described without, and generates")
    func ownKind() async throws {
        let specimen = try Specimen()
        var generator = SplitMix64(seed: 5)
        let size = specimen.tokenizer.vocabularySize
        let bigram = Bigram(.init(vocabularySize: size), using: &generator)
        try specimen.writeRun("own", of: bigram)
        let path = specimen.path("own")

        let about = try LanguageModels.describe(path)
        #expect(about.kind == "Bigram" && about.parameters == size * size)
        #expect(about.vocabularySize == size && about.contextLength == 24 && about.layers == nil)

        let opened = try LanguageModels.open(path, kinds: [Bigram.self])
        let expected = try await text(
            of: bigram.generate("the", tokenizer: specimen.tokenizer, options: options))
        #expect(!expected.isEmpty)
        #expect(try await text(of: opened.generate("the", options: options)) == expected)

        let unknown = openingError { _ = try LanguageModels.open(path) }
        #expect(
            unknown
                == .unknownKind(
                    "Bigram", path: specimen.path("own/checkpoints/step-00000001"),
                    known: ["GPT"]))
        #expect(unknown?.description.contains("'Bigram', but only GPT can be opened") == true)
        let error = openingError { _ = try opened.gpt() }
        #expect(error?.description.hasSuffix("but a GPT is needed.") == true)
    }

    @Test("Of a run the newest whole checkpoint is taken, or the best, or the one named")
    func runs() throws {
        let specimen = try Specimen()
        try specimen.writeRun("run", of: specimen.model, count: 2, losses: [2, 3])
        let run = specimen.path("run")
        func step(_ path: String) throws -> Int? {
            try LanguageModels.open(path).progress?.step
        }
        #expect(try step(run) == 2)
        #expect(try step(run + "/best") == 1)
        #expect(try step(run + "/step-00000001") == 1)
        let other = openingError { _ = try step(run + "/step-00000007") }
        #expect(other?.description.contains("has no checkpoint step-00000007, only") == true)

        let weights = "/checkpoints/step-00000002/model.safetensors"
        try Data("torn".utf8).write(to: URL(fileURLWithPath: run + weights))
        let opened = try LanguageModels.open(run)
        #expect(opened.progress?.step == 1 && opened.skipped.count == 1)
        #expect(try LanguageModels.tokenizer(run).vocabularySize == opened.model.vocabularySize)
    }
}
