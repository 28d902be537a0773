import Foundation
import MiniGPT
import Testing

@Suite struct GenerationTests {
    private let tokenizer = CharacterTokenizer(alphabetOf: "abcdé \n")

    private func model(context: Int = 8) -> GPT {
        var generator = SplitMix64(seed: 1)
        return GPT(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: context, layers: 2,
                heads: 2,
                width: 16), using: &generator)
    }

    private func collect(
        _ stream: GenerationStream
    ) async throws -> (text: String, summary: GenerationSummary?) {
        var text = ""
        var summary: GenerationSummary?
        for try await event in stream {
            switch event {
            case .text(let piece): text += piece
            case .token: break
            case .finished(let end): summary = end
            }
        }
        return (text, summary)
    }

    @Test("the same seed gives the same text, past the context too; another gives another")
    func seeds() async throws {
        let model = model()
        func text(_ seed: UInt64) async throws -> String {
            try await collect(
                try model.generate(
                    "ab", tokenizer: tokenizer, options: .init(maximumTokens: 40, seed: seed))
            ).text
        }
        let first = try await text(1)
        #expect(first.unicodeScalars.count == 40)
        #expect(try await text(1) == first)
        #expect(try await text(2) != first)
    }

    @Test("the summary counts the tokens and says why it ended")
    func summary() async throws {
        let (_, end) = try await collect(
            try model().generate(
                "abc", tokenizer: tokenizer, sampler: .greedy, options: .init(maximumTokens: 5)))
        #expect(end?.promptTokens == 3 && end?.tokens == 5 && end?.stopReason == .length)
    }

    @Test("an empty prompt starts from a line break; an unknown character is an error")
    func prompts() async throws {
        let (text, _) = try await collect(
            try model().generate("", tokenizer: tokenizer, options: .init(maximumTokens: 3)))
        #expect(text.unicodeScalars.count == 3)
        #expect(throws: GenerationError.tokenizer(.unknownCharacter("z", offset: 0))) {
            try model().generate("z", tokenizer: tokenizer)
        }
    }

    @Test("greedy takes the first of the largest; temperature 0 does too")
    func greedy() {
        var generator = SplitMix64(seed: 1)
        #expect(GreedySampler().sample([1, 3, 3, 2], using: &generator) == 1)
        #expect(CategoricalSampler(temperature: 0).sample([1, 3, 3, 2], using: &generator) == 1)
    }

    private static let tenths: [Double] = [0.1, 0.2, 0.3, 0.4]
    private static let upperTwo: [Double] = [0, 0, 3.0 / 7, 4.0 / 7]
    private static let squares: [Double] = [1.0 / 30, 4.0 / 30, 9.0 / 30, 16.0 / 30]
    private static let samplers: [(CategoricalSampler, [Double])] = [
        (CategoricalSampler(), tenths), (CategoricalSampler(topK: 2), upperTwo),
        (CategoricalSampler(topP: 0.6), upperTwo), (CategoricalSampler(temperature: 0.5), squares),
    ]

    @Test("draws follow the probabilities", arguments: samplers)
    func distribution(_ sampler: CategoricalSampler, _ expected: [Double]) {
        var generator = SplitMix64(seed: 1)
        let logits = Self.tenths.map { Float(log($0)) }
        var counts = [Double](repeating: 0, count: 4)
        for _ in 0..<20_000 { counts[Int(sampler.sample(logits, using: &generator))] += 1 }
        for (count, probability) in zip(counts, expected) {
            // Five standard deviations.
            let spread = (20_000 * probability * (1 - probability)).squareRoot()
            #expect(Swift.abs(count - 20_000 * probability) <= 5 * spread + 1e-3)
        }
    }
}
