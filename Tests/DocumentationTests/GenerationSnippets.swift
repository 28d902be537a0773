import Foundation
import MiniGPT
import Testing

@Suite("Documentation/Generation.md, Inference.md")
struct GenerationSnippets {
    private let tokenizer = CharacterTokenizer(alphabetOf: shortText + "yes, no because")
    private var model: GPT { smallModel(vocabularySize: tokenizer.vocabularySize) }

    @Test("A stream of text")
    func stream() async throws {
        // snippet: Documentation/Generation.md 1
        for try await event in try model.generate(
            "ROMEO:", tokenizer: tokenizer, sampler: .topP(0.9))
        {
            if case .text(let piece) = event { print(piece, terminator: "") }
        }
        // end of snippet
    }

    @Test("A chain of stages and a grammar")
    func choices() throws {
        var options = GenerationOptions(maximumTokens: 4)
        // snippet: Documentation/Generation.md 2
        let chain = try SamplerChain([TopK(40), TopP(0.95), Temperature(0.8)])
        // end of snippet
        // snippet: Documentation/Generation.md 3
        let grammar = try Grammar("root ::= (\"yes\" | \"no\") \", because \" [^\\n]+")
        options.constraint = try TokenConstraint(grammar, tokenizer: tokenizer)
        // end of snippet
        var generator = TextGenerator(CachedPredictor(model), tokenizer: tokenizer)
        var random = SplitMix64(seed: 1)
        var text = ""
        _ = try generator.generate("To be", sampler: chain, options: options, using: &random) {
            if case .text(let piece) = $0 { text += piece }
        }
        #expect(text.hasPrefix("yes,") || text.hasPrefix("no, "))
    }

    @Test("A model from the disk continues a text, and answers")
    func opened() async throws {
        try await withRun { folder in
            // snippet: Documentation/Generation.md 4, "runs/chat" => folder.path
            let model = try LanguageModels.open(folder.path)
            for try await event in try model.generate(
                "Once upon a time", options: .init(maximumTokens: 40))
            {
                if case .text(let piece) = event { print(piece, terminator: "") }
            }
            var chat = model.chat()
            let answer = try chat.answer([ChatMessage(.user, "Who are you?")])
            print(answer.text)
            // end of snippet
        }
    }

    @Test("A cache reads a prompt at once, then token by token")
    func predictor() throws {
        let prompt = try tokenizer.encode("To be")
        var left = 3
        func choose(_ logits: [Float]) -> Int32? {
            left -= 1
            return left >= 0 ? logits.indices.max { logits[$0] < logits[$1] }.map(Int32.init) : nil
        }
        // snippet: Documentation/Inference.md 1
        let packed = InferenceModel(model, weights: .q8)
        var predictor = packed.predictor()
        predictor.read(prompt)
        while let token = choose(predictor.logits) { predictor.read([token]) }
        // end of snippet
        #expect(left < 0 && predictor.logits.allSatisfy(\.isFinite))
    }
}
