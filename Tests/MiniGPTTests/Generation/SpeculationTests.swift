import Foundation
import MiniGPT
import Testing

@Suite struct SpeculationTests {
    private let count = 24

    /// A model that repeats itself and now and then does not.
    private func predictor(context: Int = 400) -> ScriptedPredictor {
        let count = count
        return ScriptedPredictor(vocabularySize: count, contextLength: context) { tokens in
            var logits = scatteredLogits(after: tokens, count: count).map { $0 * 0.5 }
            let last = Int(tokens.last ?? 0)
            logits[(last + 1) % 7] += 4
            return logits
        }
    }

    /// Guesses right, wrong, too much, nothing and nonsense in turn.
    private struct ErraticDrafter: Drafter {
        var turn = 0
        mutating func draft(after tokens: [Int32], atMost count: Int) -> [Int32] {
            turn += 1
            let last = tokens.last ?? 0
            let right = (1...12).map { (last + Int32($0)) % 7 }
            switch turn % 5 {
            case 0: return []
            case 1: return right
            case 2: return Array(right.prefix(2)) + [23, 22]
            case 3: return [-5, 4]
            default: return [999]
            }
        }
    }

    private func drafters() -> [any Drafter] {
        [
            NGramDrafter(), NGramDrafter(longest: 6, shortest: 2), DraftModel(predictor()),
            DraftModel(predictor(), leastProbability: 0.5), DraftModel(predictor(context: 12)),
            ErraticDrafter(),
        ]
    }

    @Test(
        "the tokens are the same with and without guesses, greedy and drawn, past the context too")
    func sameTokens() throws {
        let samplers: [SamplerChain] = [
            try SamplerChain([Greedy()]), try SamplerChain([Temperature(0.9)]),
            try SamplerChain([RepetitionPenalty(1.1), TopK(5), Mirostat(target: 2)]),
        ]
        for context in [400, 40] {
            for sampler in samplers {
                let plain = Array(
                    TokenSequence(
                        predictor(context: context), prompt: [1, 2, 3, 1, 2], sampler: sampler,
                        seed: 5
                    ).prefix(150))
                for (index, drafter) in drafters().enumerated() {
                    let guessed = Array(
                        TokenSequence(
                            predictor(context: context), prompt: [1, 2, 3, 1, 2], sampler: sampler,
                            seed: 5, drafter: drafter
                        ).prefix(150))
                    #expect(guessed == plain, "drafter \(index), context \(context)")
                }
            }
        }
    }

    @Test("right guesses save passes of the model")
    func savesPasses() throws {
        let tokenizer = PieceTokenizer(bytes: (0..<24).map { [UInt8(65 + $0)] }, hasEnd: false)
        func passes(_ drafter: (any Drafter)?) throws -> (Int, GenerationSummary) {
            var generator = TextGenerator(predictor(), tokenizer: tokenizer)
            var options = GenerationOptions(maximumTokens: 200)
            options.drafter = drafter
            let outcome = try generator.outcome("ABC", options)
            return (generator.predictor.passCount, try #require(outcome.summary))
        }
        let plain = try passes(nil)
        #expect(plain.0 == 200 && plain.1.draftedTokens == 0)
        for drafter in [NGramDrafter(), DraftModel(predictor())] as [any Drafter] {
            let (count, summary) = try passes(drafter)
            #expect(summary.tokens == 200 && summary.acceptedTokens > 0)
            #expect(
                count < 150,
                "\(count) passes, \(summary.acceptedTokens) of \(summary.draftedTokens)")
            #expect(
                count + summary.acceptedTokens >= 200
                    && summary.acceptedTokens <= summary.draftedTokens)
        }
    }

    @Test("with a real model and a smaller one, greedily")
    func realModels() {
        let model = FullForwardPredictor(randomModel(vocabularySize: 24))
        let small = FullForwardPredictor(randomModel(vocabularySize: 24, seed: 2, layers: 1))
        let plain = Array(
            TokenSequence(model, prompt: [1, 2, 3], sampler: .greedy, seed: 1).prefix(60))
        for drafter in [NGramDrafter(), DraftModel(small), DraftModel(model)] as [any Drafter] {
            var iterator = TokenSequence(
                model, prompt: [1, 2, 3], sampler: .greedy, seed: 1, drafter: drafter
            ).makeIterator()
            #expect((0..<60).compactMap { _ in iterator.next() } == plain)
            if drafter is DraftModel<FullForwardPredictor<GPT>> {
                #expect(iterator.drafts.made > 0)
            }
        }
    }

    @Test("guesses obey a grammar and stops like everything else")
    func withGrammar() throws {
        let tokenizer = PieceTokenizer(bytes: (0..<24).map { [UInt8(65 + $0)] }, hasEnd: false)
        func text(_ drafter: (any Drafter)?) throws -> String {
            var generator = TextGenerator(predictor(), tokenizer: tokenizer)
            var options = GenerationOptions(maximumTokens: 60)
            options.drafter = drafter
            options.constraint = try TokenConstraint(
                Grammar("root ::= ([ABCD]{2,5} [G-Z])+"), tokenizer: tokenizer)
            return try generator.outcome("ABC", options).text
        }
        let plain = try text(nil)
        for drafter in drafters() { #expect(try text(drafter) == plain) }
    }

    @Test("n-grams propose what followed last time, the longest match first")
    func nGrams() {
        var drafter = NGramDrafter(longest: 3)
        #expect(drafter.draft(after: [1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3], atMost: 3) == [4, 9, 2])
        #expect(drafter.draft(after: [7, 2, 3, 4, 9, 2, 3, 5, 8, 3], atMost: 2) == [5, 8])
        #expect(drafter.draft(after: [1, 2, 3], atMost: 4) == [])
        #expect(drafter.draft(after: [5, 5, 5, 5], atMost: 2) == [5])
        #expect(drafter.draft(after: [], atMost: 2) == [])
    }
}
