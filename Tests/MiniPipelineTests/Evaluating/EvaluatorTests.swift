import Foundation
import MiniGPT
import Testing

@testable import MiniPipeline

@Suite("Evaluator")
struct EvaluatorTests {
    private let text = String(
        repeating: "The mill goes round, the water sings,\nthe miller dreams of é and ☃.\n",
        count: 9)

    private func model(_ vocabulary: Int, context: Int = 16) -> GPT {
        var generator = SplitMix64(seed: 4)
        return GPT(
            .init(
                vocabularySize: vocabulary, contextLength: context, layers: 2, heads: 2, width: 32),
            using: &generator)
    }

    @Test("Windows predict every token but the first exactly once, from as much as they can")
    func windows() {
        for (count, context, stride) in [
            (2, 8, 8), (8, 8, 8), (9, 8, 8), (10, 8, 8), (33, 8, 8), (33, 8, 3), (20, 8, 1),
            (5, 1, 1),
        ] {
            let windows = TextWindows(count: count, contextLength: context, stride: stride)
            var predicted: [Int] = []
            for window in windows.all {
                #expect(window.inputs.count <= context)
                let targets = window.firstTarget...window.inputs.upperBound
                predicted += targets
                // From the first window on, each target sees at least context − stride before it.
                let seen = targets.lowerBound - window.inputs.lowerBound
                #expect(window.inputs.lowerBound == 0 || seen > context - stride)
            }
            #expect(predicted == Array(1..<count), "\(count) \(context) \(stride)")
        }
    }

    @Test("Without a stride the loss is that of GPT.evaluate, with one that of the packed model")
    func sameAsLibrary() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let model = model(tokenizer.vocabularySize)
        let tokens = try tokenizer.encode(text)
        let score = try Evaluator(text).score(model, tokenizer, name: "m")
        let (loss, count) = model.evaluate(on: TokenDataset(tokens, contextLength: 16))
        #expect(abs(try #require(score.loss) - Double(loss)) < 1e-5)
        #expect(score.tokens == count && score.stride == 16)
        let strided = try Evaluator(text).score(model, tokenizer, name: "m", stride: 5)
        let packed = InferenceModel(model).loss(on: tokens, stride: 5)
        #expect(abs(try #require(strided.loss) - packed.loss) < 1e-5)
        #expect(strided.tokens == packed.tokens)
        for format in [NumberFormat.float32, .q8] {
            let found = try Evaluator(text).score(model, tokenizer, name: "m", weights: format)
            let expected = InferenceModel(model, weights: format).loss(on: tokens, stride: 16)
            #expect(abs(try #require(found.loss) - expected.loss) < 1e-5)
        }
    }

    @Test("Bits count bytes, characters and tokens as they are")
    func bits() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: text)
        let score = try Evaluator(text).score(
            model(tokenizer.vocabularySize), tokenizer, name: "m")
        let nats = try #require(score.loss) * Double(try #require(score.tokens))
        // The first character is given, and "T" is one byte.
        #expect(score.bytes == text.utf8.count - 1)
        #expect(score.characters == text.unicodeScalars.count - 1)
        #expect(score.tokens == score.characters)
        #expect(abs(score.bitsPerByte - nats / log(2) / Double(score.bytes)) < 1e-12)
        #expect(abs(score.bitsPerCharacter - nats / log(2) / Double(score.characters)) < 1e-12)
        #expect(abs(try #require(score.perplexity) - exp(try #require(score.loss))) < 1e-9)
        #expect(score.note == nil)
    }

    @Test("A model that knows nothing costs log₂ of its vocabulary, by bytes and by pairs alike")
    func untrained() throws {
        let corpus = text
        let pairs = try BytePairTokenizer.train(on: corpus, vocabularySize: 300)
        var model = model(pairs.vocabularySize)
        model.mapParameters { _, value in .zeros(value.shape) }
        let score = try Evaluator(corpus).score(model, pairs, name: "zeros")
        #expect(abs(try #require(score.loss) - log(Double(pairs.vocabularySize))) < 1e-4)
        let bits = Double(try #require(score.tokens)) * log2(Double(pairs.vocabularySize))
        #expect(abs(score.bitsPerByte - bits / Double(score.bytes)) < 1e-4)
    }

    @Test(
        "A text of two tokens is enough, one of one or none is an error, as is a tokenizer too large"
    )
    func edges() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: "ab")
        #expect(try Evaluator("ab").score(model(2), tokenizer, name: "m").tokens == 1)
        #expect(throws: PipelineError.self) { try Evaluator("") }
        #expect(throws: PipelineError.self) { try Evaluator("a") }
        let wide = CharacterTokenizer(alphabetOf: "abcdef")
        let error = #expect(throws: PipelineError.self) {
            try Evaluator("fedcba").score(model(2), wide, name: "m")
        }
        #expect(error?.remedies == [.provide(.tokenizer)])
        let unknown = #expect(throws: PipelineError.self) {
            try Evaluator("abc").score(model(2), tokenizer, name: "m")
        }
        #expect(unknown?.description.contains("m") == true)
        for stride in [0, 17] {
            #expect(throws: PipelineError.self) {
                try Evaluator("abab").score(model(2), tokenizer, name: "m", stride: stride)
            }
        }
    }

    @Test("A tokenizer that drops or replaces characters is told")
    func lossyTokenizer() throws {
        for policy in [CharacterTokenizer.UnknownPolicy.skip, .replace(with: "?")] {
            let tokenizer = CharacterTokenizer(alphabetOf: "abc", unknown: policy)
            let score = try Evaluator("abxcab").score(
                model(tokenizer.vocabularySize), tokenizer, name: "m")
            #expect(score.note?.contains("whole text") == true)
        }
    }

    @Test("Baselines have the bits of their model, for each order")
    func baselines() throws {
        let evaluator = try Evaluator(text)
        let grams = NGramModel(order: 3, text: Array("the water sings of é".utf8))
        let scores = evaluator.scores(grams)
        #expect(scores.map(\.name) == ["1-gram of bytes", "2-gram of bytes", "3-gram of bytes"])
        #expect(scores.map(\.bitsPerByte) == grams.bitsPerByte(of: Array(text.utf8)))
        #expect(scores[0].bytes == text.utf8.count)
    }
}
