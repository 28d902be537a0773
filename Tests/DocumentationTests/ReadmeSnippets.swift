import Foundation
import MiniGPT
import Testing

@Suite("README.md")
struct ReadmeSnippets {
    @Test("A dozen lines of Swift train a model and let it speak")
    func dozenLines() async throws {
        let text = shortText
        // snippet: README.md 1, 2000 => 4, warmup: 100 => warmup: 1, of: 100 => of: 1
        var rng = SplitMix64(seed: 1337)
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 64)
        var model = GPT(
            .shakespeareCharacters(vocabularySize: tokenizer.vocabularySize), using: &rng)
        var optimizer = AdamW(learningRate: .cosine(peak: 1e-3, warmup: 1, total: 4, floor: 1e-4))

        for step in 0..<4 {
            let (inputs, targets) = data.batch(12, using: &rng)
            let (loss, gradients) = valueAndGradients(of: model) {
                $0.loss(inputs, targets: targets)
            }
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
            if step.isMultiple(of: 1) { print(step, loss) }
        }

        for try await event in try model.generate(
            "ROMEO:", tokenizer: tokenizer, sampler: .topP(0.9))
        {
            if case .text(let piece) = event { print(piece, terminator: "") }
        }
        // end of snippet
    }

    @Test("A model on the disk continues a text in two calls")
    func opened() async throws {
        try await withRun { folder in
            // snippet: README.md 2, "runs/chat" => folder.path
            let model = try LanguageModels.open(folder.path)
            for try await event in try model.generate("Once upon a time") {
                if case .text(let piece) = event { print(piece, terminator: "") }
            }
            // end of snippet
        }
    }

    // snippet: README.md 4
    struct FeedForward: Layer {
        var up: Linear, down: Linear
        func callAsFunction(_ x: Tensor) -> Tensor { down(geluApproximate(up(x))) }
        mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
            visitor.visit("up", &up)
            visitor.visit("down", &down)
        }
    }
    // end of snippet

    @Test("A module is a struct that names its parameters")
    func module() {
        var random = SplitMix64(seed: 1)
        let layer = FeedForward(
            up: Linear(4, 8, using: &random), down: Linear(8, 4, using: &random))
        #expect(layer(Tensor.ones([2, 4])).shape == [2, 4])
        #expect(layer.parameterCount == 4 * 8 + 8 + 8 * 4 + 4)
    }
}
