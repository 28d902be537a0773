import Foundation
import MiniGPT
import Testing

@Suite struct ResultTests {
    private static let tokenizer = PieceTokenizer(["the ", "mill", "round", "\n"])
    private static var count: Int { tokenizer.vocabularySize }

    private func scattered(context: Int = 1_000) -> ScriptedPredictor {
        let count = Self.count
        return ScriptedPredictor(vocabularySize: count, contextLength: context) {
            scatteredLogits(after: $0, count: count)
        }
    }

    @Test("tokens come with the model's log-probabilities, their alternatives and the stages")
    func reports() throws {
        var generator = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        var options = GenerationOptions(maximumTokens: 20)
        options.alternatives = 3
        options.stageReports = 2
        let chain = try SamplerChain([TopK(4), Temperature(0.5)])
        let outcome = try generator.outcome("mill", sampler: chain, options, seed: 3)
        #expect(outcome.tokens.count == outcome.summary?.tokens)
        var text = Self.tokenizer.encode(Array("mill".utf8))
        for token in outcome.tokens {
            let logits = scatteredLogits(after: text, count: Self.count).map(Double.init)
            let logSum = log(logits.reduce(0) { $0 + exp($1) })
            #expect(abs(Double(token.logProbability) - (logits[Int(token.token)] - logSum)) < 1e-5)
            let best = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(3)
            #expect(token.alternatives.map { Int($0.token) } == Array(best))
            for alternative in token.alternatives {
                let expected = logits[Int(alternative.token)] - logSum
                #expect(abs(Double(alternative.logProbability) - expected) < 1e-5)
            }
            #expect(token.stages.map(\.stage) == [.topK, .temperature])
            #expect(token.stages[0].after.count == 4)
            text.append(token.token)
        }
        // Asking for reports does not change the text.
        var plain = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        let same = try plain.outcome("mill", sampler: chain, .init(maximumTokens: 20), seed: 3)
        #expect(same.text == outcome.text)
    }

    @Test("the summary has the times and counts of prompt and text")
    func summary() throws {
        var generator = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        var options = GenerationOptions(maximumTokens: 5)
        options.stopsAtEndOfText = false
        let summary = try #require(try generator.outcome("the mill", options).summary)
        #expect(summary.promptTokens == 2 && summary.readPromptTokens == 2 && summary.tokens == 5)
        let first = try #require(summary.secondsToFirstToken)
        #expect(summary.promptSeconds <= first && first <= summary.seconds)
        #expect(summary.tokensPerSecond > 0 && summary.promptTokensPerSecond > 0)
        #expect(summary.isGrammarComplete == nil && summary.slides == 0)
    }

    @Test("a prompt that begins as the last text did is read from where it differs")
    func reuse() throws {
        var generator = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        var options = GenerationOptions(maximumTokens: 6)
        options.stopsAtEndOfText = false
        let first = try generator.outcome("the mill", sampler: .greedy, options)
        let known = generator.predictor.tokens.count
        let prompt = Self.tokenizer.encode(Array("the mill".utf8))
        let next = Array(generator.predictor.tokens) + [300 % Int32(Self.count)]
        #expect(Array(next.prefix(prompt.count)) == prompt && first.summary?.knownPromptTokens == 0)
        var random = SplitMix64(seed: 1)
        let summary = try generator.generate(
            tokens: next, sampler: .greedy, options: options, using: &random, emit: { _ in })
        #expect(summary.knownPromptTokens == known && summary.readPromptTokens == 1)
    }

    @Test("an empty prompt starts from the end of text, a line break, or token 0")
    func emptyPrompt() throws {
        var generator = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        #expect(generator.startToken == Self.tokenizer.endOfText)
        let outcome = try generator.outcome("", .init(maximumTokens: 3))
        #expect(outcome.summary?.promptTokens == 0 && outcome.summary?.readPromptTokens == 1)
        let plain = PieceTokenizer(hasEnd: false)
        let count = plain.vocabularySize
        let predictor = ScriptedPredictor(vocabularySize: count) {
            scatteredLogits(after: $0, count: count)
        }
        #expect(TextGenerator(predictor, tokenizer: plain).startToken == 10)
        let noBreak = CharacterTokenizer(alphabetOf: "abc")
        #expect(TextGenerator(predictor, tokenizer: noBreak).startToken == 0)
    }

    @Test("tokens the model does not have are refused")
    func unknownTokens() throws {
        let small = ScriptedPredictor(vocabularySize: 100) {
            scatteredLogits(after: $0, count: 100)
        }
        var generator = TextGenerator(small, tokenizer: Self.tokenizer)
        #expect(throws: GenerationError.unknownToken(256, vocabularySize: 100)) {
            try generator.outcome("the ")
        }
        var random = SplitMix64(seed: 1)
        #expect(throws: GenerationError.unknownToken(-1, vocabularySize: 100)) {
            try generator.generate(
                tokens: [5, -1], sampler: .greedy, using: &random, emit: { _ in })
        }
        #expect(throws: GenerationError.tokenizer(.unknownCharacter("z", offset: 1))) {
            var generator = TextGenerator(
                small, tokenizer: CharacterTokenizer(alphabetOf: "abc"))
            _ = try generator.outcome("az")
        }
    }

    @Test("a model with more tokens than the tokenizer reads them as U+FFFD")
    func paddedVocabulary() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: "ab")
        var generator = TextGenerator(
            ScriptedPredictor(writing: [0, 5, 1], afterPrompt: 1, vocabularySize: 8),
            tokenizer: tokenizer)
        #expect(try generator.outcome("a", .init(maximumTokens: 3)).text == "a\u{FFFD}b")
    }

    @Test("beyond the context the first tokens stay and the oldest of the others go")
    func sliding() throws {
        var options = GenerationOptions(maximumTokens: 40)
        options.stopsAtEndOfText = false
        options.context = .slide(keepingFirst: 2, discarding: 3)
        var generator = TextGenerator(scattered(context: 12), tokenizer: Self.tokenizer)
        let prompt: [Int32] = (0..<30).map { $0 + 40 }
        var random = SplitMix64(seed: 1)
        var made: [Int32] = []
        options.alternatives = 0
        let summary = try generator.generate(
            tokens: prompt, sampler: .greedy, options: options, using: &random
        ) { if case .token(let token) = $0 { made.append(token.token) } }
        #expect(summary.droppedPromptTokens == 18 && summary.tokens == 40)
        #expect(summary.readPromptTokens == 12)
        // 12 fit; 39 tokens were read after them, and each slide makes room for three.
        #expect(summary.slides == 13)
        let looked = generator.predictor.tokens
        #expect(Array(looked.prefix(2)) == [40, 41])
        #expect(
            Array(looked.dropFirst(2)) == Array((prompt + made).dropLast().suffix(looked.count - 2))
        )
        options.context = .stop
        var stopping = TextGenerator(scattered(context: 12), tokenizer: Self.tokenizer)
        let end = try stopping.generate(
            tokens: Array(prompt.prefix(5)), sampler: .greedy, options: options, using: &random,
            emit: { _ in })
        #expect(end.stopReason == .contextFull && end.tokens == 8)
    }

    @Test("a context of one token and a slide of one at a time work")
    func smallContexts() {
        for context in [1, 2, 3, 5] {
            let count = Self.count
            let predictor = scattered(context: context)
            let made = Array(
                TokenSequence(
                    predictor, prompt: [1, 2, 3, 4], sampler: .greedy, seed: 1,
                    context: .slide(discarding: 1)
                ).prefix(20))
            var text: [Int32] = [1, 2, 3, 4]
            for token in made {
                let logits = scatteredLogits(after: Array(text.suffix(context)), count: count)
                #expect(Int(token) == logits.indices.max { logits[$0] < logits[$1] })
                text.append(token)
            }
        }
    }

    @Test("sixteen at once say what each says alone")
    func together() async throws {
        let model = randomModel(vocabularySize: Self.count, loudness: 1)
        let chain = try SamplingParameters.llamaCpp.chain(order: .llamaCpp)
        @Sendable func text(_ seed: UInt64) async throws -> String {
            var options = GenerationOptions(maximumTokens: 40, seed: seed)
            options.stopsAtEndOfText = false
            var outcome = Outcome()
            for try await event in try model.generate(
                "the mill", tokenizer: Self.tokenizer, sampler: chain, options: options)
            { outcome.take(event) }
            return outcome.text
        }
        var alone: [String] = []
        for seed in 0..<16 { alone.append(try await text(UInt64(seed))) }
        let together = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for seed in 0..<16 { group.addTask { (seed, try await text(UInt64(seed))) } }
            var texts = [String](repeating: "", count: 16)
            for try await (seed, text) in group { texts[seed] = text }
            return texts
        }
        #expect(together == alone)
        #expect(Set(alone).count > 8)
    }

    @Test("a thousand in a row say the same for the same seed")
    func inARow() throws {
        var generator = TextGenerator(scattered(), tokenizer: Self.tokenizer)
        let chain = try SamplerChain([
            RepetitionPenalty(1.2), DRY(multiplier: 0.5), TopK(40), TopP(0.95), Temperature(0.8),
            Mirostat(target: 4),
        ])
        var first: [UInt64: String] = [:]
        for turn in 0..<1_000 {
            let seed = UInt64(turn % 10)
            let text = try generator.outcome(
                "the mill", sampler: chain, .init(maximumTokens: 12), seed: seed
            ).text
            #expect(first[seed] == nil || first[seed] == text)
            first[seed] = text
        }
        #expect(Set(first.values).count > 5)
    }
}
