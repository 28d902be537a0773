import Foundation
import Testing

@testable import MiniGPT

@Suite struct ConstraintTests {
    private static let tokenizer = PieceTokenizer([
        "{\"", "\":", ", ", "true", "null", "日本", "ab", "\"}", "[[", "12", "e-1",
    ])

    private func generator(
        _ tokenizer: PieceTokenizer = tokenizer, seed: UInt64 = 0
    ) -> TextGenerator<ScriptedPredictor> {
        let count = tokenizer.vocabularySize
        return TextGenerator(
            ScriptedPredictor(vocabularySize: count) {
                scatteredLogits(after: $0, count: count, seed: seed)
            }, tokenizer: tokenizer)
    }

    private func options(
        _ grammar: Grammar, _ tokenizer: PieceTokenizer = tokenizer
    ) throws -> GenerationOptions {
        var options = GenerationOptions()
        options.maximumTokens = 400
        options.constraint = try TokenConstraint(grammar, tokenizer: tokenizer)
        return options
    }

    @Test("random models write JSON by the grammar of JSON", arguments: 0..<20)
    func json(_ seed: UInt64) throws {
        var generator = generator(seed: seed)
        let outcome = try generator.outcome(
            "JSON: ", sampler: .temperature(0.7), options(.json()), seed: seed)
        let summary = try #require(outcome.summary)
        if summary.isGrammarComplete == true {
            #expect(
                throws: Never.self, "\(outcome.text)",
                performing: {
                    try JSONSerialization.jsonObject(
                        with: Data(outcome.text.utf8), options: .fragmentsAllowed)
                })
        } else {
            #expect(summary.stopReason == .length)
        }
    }

    @Test("a finished grammar ends the text without asking the model again")
    func finishing() throws {
        var generator = generator()
        let outcome = try generator.outcome(
            "?", try options(Grammar("root ::= \"yes\" | \"no\"")))
        #expect(["yes", "no"].contains(outcome.text))
        #expect(outcome.summary?.stopReason == .grammarComplete)
        #expect(outcome.summary?.isGrammarComplete == true)
        #expect(generator.predictor.readCount == outcome.text.utf8.count)
    }

    @Test("the end of text comes only where the grammar may end")
    func endOfText() throws {
        let end = try #require(Self.tokenizer.endOfText)
        let count = Self.tokenizer.vocabularySize
        // A model that always wants to end, and else says b.
        var generator = TextGenerator(
            ScriptedPredictor(vocabularySize: count) { _ in
                var logits = [Float](repeating: 0, count: count)
                logits[Int(end)] = 20
                logits[98] = 10
                return logits
            }, tokenizer: Self.tokenizer)
        var options = try options(Grammar("root ::= [a-c]{3,}"))
        let outcome = try generator.outcome("x", options)
        #expect(outcome.text == "bbb" && outcome.summary?.stopReason == .endOfText)
        options.minimumTokens = 7
        let longer = try generator.outcome("x", options)
        #expect(longer.text == "bbbbbbb" && longer.summary?.tokens == 8)
    }

    @Test("a grammar the vocabulary cannot fulfil is an error that says where")
    func unsatisfiable() throws {
        let tokenizer = PieceTokenizer(bytes: [[0x61], [0x62], [0x20]])
        func failure(_ grammar: String) throws -> GenerationError? {
            var generator = generator(tokenizer)
            do {
                _ = try generator.outcome("a", options(Grammar(grammar), tokenizer))
                return nil
            } catch let error as GenerationError {
                return error
            }
        }
        #expect(try failure("root ::= \"c\"") == .grammar(.cannotContinue(after: "")))
        #expect(try failure("root ::= \"ab\" [x-z]") == .grammar(.cannotContinue(after: "ab")))
        #expect(try failure("root ::= \"ab\"") == nil)
    }

    @Test("the stream throws what the grammar cannot continue")
    func streamFailure() async throws {
        let tokenizer = PieceTokenizer(bytes: [[0x61], [0x62]])
        let stream = try generator(tokenizer).stream(
            "a", sampler: .greedy, options: options(Grammar("root ::= \"abz\""), tokenizer))
        await #expect(throws: GenerationError.grammar(.cannotContinue(after: "ab"))) {
            for try await _ in stream {}
        }
    }

    @Test("a sequence of tokens says whether the grammar was whole or could not be continued")
    func sequenceFailure() throws {
        let tokenizer = PieceTokenizer(bytes: [[0x61], [0x62]])
        func iterator(
            _ grammar: String
        ) throws -> TokenSequence<ScriptedPredictor, GreedySampler>.Iterator {
            TokenSequence(
                generator(tokenizer).predictor, prompt: [0], sampler: .greedy, seed: 1,
                constraint: try TokenConstraint(Grammar(grammar), tokenizer: tokenizer)
            ).makeIterator()
        }
        var broken = try iterator("root ::= \"abz\"")
        #expect(broken.next() == 0 && broken.next() == 1 && broken.failure == nil)
        #expect(broken.next() == nil && broken.next() == nil)
        #expect(broken.failure == .grammar(.cannotContinue(after: "ab")))
        var whole = try iterator("root ::= \"ab\"")
        #expect(whole.next() == 0 && whole.next() == 1 && whole.next() == nil)
        #expect(whole.failure == nil)
    }

    @Test("the same seed gives the same text by a grammar, with a sampler chain too")
    func seeds() throws {
        let chain = try SamplingParameters.llamaCpp.chain(order: .llamaCpp)
        func text(_ seed: UInt64) throws -> String {
            var generator = generator()
            return try generator.outcome("a", sampler: chain, options(.json()), seed: seed).text
        }
        #expect(try text(3) == text(3))
        #expect(try Set((0..<8).map { try text($0) }).count > 1)
    }

    @Test("masks of the tree are those of trying every token")
    func masks() throws {
        let count = Self.tokenizer.vocabularySize
        let constraint = try TokenConstraint(.json(), tokenizer: Self.tokenizer)
        var matcher = constraint.matcher(endTokens: [], vocabularySize: count)
        var random = SplitMix64(seed: 12)
        for _ in 0..<120 {
            let mask = try matcher.mask()
            var allowed: [Int32] = []
            for token in 0..<Int32(count - 1) {
                var copy = matcher
                let isAllowed = (try? copy.accept(token)) != nil
                #expect(mask[Int(token)] == isAllowed, "token \(token)")
                if isAllowed { allowed.append(token) }
            }
            guard !allowed.isEmpty else { break }
            try matcher.accept(allowed[Int(random.next() % UInt64(allowed.count))])
        }
    }
}
