import Foundation
import MiniGPT
import Testing

@Suite("Reading with a cache") struct CachedPredictorTests {
    static let models: [(String, GPT)] =
        [
            ("GPT-2's kind", makeModel()),
            (
                "without biases, own head, exact GELU",
                makeModel(tied: false, biased: false, activation: .gelu)
            ),
            (
                "sizes that fill no panel",
                makeModel(vocabulary: 37, context: 21, layers: 3, heads: 3, width: 33)
            ),
            (
                "one head of one number",
                makeModel(vocabulary: 3, context: 5, layers: 1, heads: 1, width: 1)
            ),
        ]
        + Activation.named.map { ("activation \($0)", makeModel(activation: $0)) }

    @Test(
        "at every position the logits are those of the whole forward pass, however the text is divided",
        arguments: models)
    func positions(_ name: String, _ model: GPT) {
        let context = model.configuration.contextLength
        let text = makeTokens(context, vocabulary: model.configuration.vocabularySize)
        let packed = InferenceModel(model)
        var plain = FullForwardPredictor(model)
        let expected = text.map { token in
            plain.read([token])
            return plain.logits
        }
        for prompt in [1, 2, 3, context / 2, context - 1, context] {
            var predictor = packed.predictor()
            predictor.read(text[..<prompt])
            #expect(relativeError(predictor.logits, expected[prompt - 1]) < 1e-4)
            for position in prompt..<context {
                predictor.read([text[position]])
                #expect(relativeError(predictor.logits, expected[position]) < 1e-4)
            }
            #expect(predictor.tokens == text)
        }
        // Pieces of several tokens, each after what the cache holds.
        var predictor = packed.predictor()
        var start = 0
        for length in [3, 1, 7, 2, 11, 5] where start + length <= context {
            let all = predictor.readAll(text[start..<start + length])
            for row in 0..<length {
                #expect(relativeError(all[row], expected[start + row]) < 1e-4)
            }
            start += length
            #expect(predictor.logits == all[length - 1])
        }
    }

    @Test(
        "logits have the same bits for any division of the text and any number of threads",
        arguments: NumberFormat.allCases)
    func bits(_ format: NumberFormat) {
        let packed = InferenceModel(makeModel(), weights: format)
        let text = makeTokens(40)
        var whole = packed.predictor()
        let all = whole.readAll(text)
        for threads in [1, 2, 4] {
            Compute.$threads.withValue(threads) {
                var predictor = packed.predictor()
                predictor.read(text[..<9])
                #expect(predictor.logits == all[8])
                predictor.read(text[9..<30])
                for position in 30..<40 {
                    predictor.read([text[position]])
                    #expect(predictor.logits == all[position])
                }
            }
        }
    }

    @Test("a prompt longer than one part of a pass is read right")
    func longPrompt() {
        let model = makeModel(context: 300, layers: 1, width: 32)
        let text = makeTokens(300)
        var predictor = model.predictor()
        predictor.read(text)
        #expect(relativeError(predictor.logits, model.nextTokenLogits(after: text)) < 1e-4)
    }

    @Test("after forgetting the end, another one can be read")
    func truncation() {
        let model = makeModel()
        let (text, other) = (makeTokens(30), makeTokens(12, seed: 5))
        var predictor = model.predictor()
        predictor.read(text)
        predictor.keepFirst(30)
        #expect(!predictor.logits.isEmpty)
        predictor.keepFirst(17)
        #expect(predictor.logits.isEmpty)
        predictor.read(other)
        #expect(predictor.tokens == text[..<17] + other)
        let expected = model.nextTokenLogits(after: Array(text[..<17]) + other)
        #expect(relativeError(predictor.logits, expected) < 1e-4)
        predictor.keepFirst(0)
        #expect(predictor.tokens.isEmpty && predictor.logits.isEmpty)
        predictor.read(other)
        #expect(relativeError(predictor.logits, model.nextTokenLogits(after: other)) < 1e-4)
    }

    @Test("moving to another text reads only what is new")
    func prefixes() {
        let model = makeModel()
        let text = makeTokens(20)
        var predictor = model.predictor()
        #expect(predictor.moveTo(text) == 0)
        #expect(predictor.moveTo(text + [5, 6]) == 20)
        #expect(predictor.moveTo(text + [5, 6]) == 22)
        #expect(predictor.moveTo(Array(text[..<10])) == 9)
        #expect(
            relativeError(predictor.logits, model.nextTokenLogits(after: Array(text[..<10]))) < 1e-4
        )
        // After forgetting, the logits of the rest have to be made again.
        predictor.keepFirst(5)
        #expect(predictor.moveTo(Array(text[..<5])) == 4)
        #expect(!predictor.logits.isEmpty)
        #expect(predictor.moveTo([60]) == 0)
        #expect(predictor.tokens == [60])
    }

    @Test("copies continue on their own")
    func copies() {
        let model = makeModel()
        let prompt = makeTokens(10)
        var first = model.predictor()
        first.read(prompt)
        let logits = first.logits
        var copies = (0..<4).map { _ in first }
        for index in copies.indices {
            let ending = makeTokens(5, seed: UInt64(10 + index))
            for token in ending { copies[index].read([token]) }
            let expected = model.nextTokenLogits(after: prompt + ending)
            #expect(relativeError(copies[index].logits, expected) < 1e-4)
        }
        #expect(first.logits == logits && first.tokens == prompt)
        first.read([3])
        #expect(relativeError(first.logits, model.nextTokenLogits(after: prompt + [3])) < 1e-4)
    }

    @Test("past the context the start stays and the newer half of the rest does")
    func sliding() {
        let model = makeModel(context: 16)
        let text = makeTokens(50)
        var predictor = model.predictor()
        var plain = FullForwardPredictor(model)
        var dropped = 0
        for token in text {
            dropped += predictor.read([token], keepingFirst: 4)
            plain.read([token], keepingFirst: 4)
            #expect(predictor.tokens == plain.tokens)
            #expect(predictor.tokens.prefix(4) == text.prefix(predictor.tokens.count).prefix(4))
            #expect(relativeError(predictor.logits, plain.logits) < 1e-4)
        }
        #expect(dropped > 0 && dropped + predictor.tokens.count == text.count)
        #expect(text.suffix(5) == predictor.tokens.suffix(5))
        // A prompt that is too long by itself.
        var other = model.predictor()
        #expect(other.read(text, keepingFirst: 2) > 0)
        #expect(other.tokens.prefix(2) == text.prefix(2) && other.tokens.last == text.last)
        #expect(relativeError(other.logits, model.nextTokenLogits(after: other.tokens)) < 1e-4)
    }

    @Test("16 predictors at once say what one says alone")
    func concurrency() async {
        let packed = InferenceModel(makeModel(), weights: .q8)
        func generate(_ seed: UInt64) -> [Int32] {
            var predictor = packed.predictor()
            predictor.read(makeTokens(5, seed: seed))
            for _ in 0..<30 {
                let best = predictor.logits.indices.max {
                    predictor.logits[$0] < predictor.logits[$1]
                }
                predictor.read([Int32(best ?? 0)])
            }
            return predictor.tokens
        }
        let alone = (0..<16).map { generate(UInt64($0)) }
        await withTaskGroup(of: (Int, [Int32]).self) { group in
            for index in 0..<16 { group.addTask { (index, generate(UInt64(index))) } }
            for await (index, tokens) in group { #expect(tokens == alone[index]) }
        }
    }

    @Test("1,000 generations leave no memory behind, and a token takes none")
    func memory() {
        let model = makeModel()
        let packed = InferenceModel(model)
        func generate() -> CachedPredictor {
            var predictor = packed.predictor()
            predictor.read(makeTokens(6))
            for token in makeTokens(3) { predictor.read([token]) }
            return predictor
        }
        _ = generate()
        let buffers = BufferPool.shared.liveBuffers
        for _ in 0..<1_000 { _ = generate() }
        // Other suites make tensors meanwhile; a thousand predictors would show.
        #expect(BufferPool.shared.liveBuffers < buffers + 900)
    }
}
