import Foundation
import MiniGPT
import Testing

@Suite("Weights for inference") struct PackedWeightsTests {
    private let text = makeTokens(30)

    /// A model as it is before training. The sharp attention of `makeModel`, whose weights are three
    /// times as large, would magnify what rounding does.
    private var freshModel: GPT {
        var generator = SplitMix64(seed: 3)
        return GPT(
            .init(vocabularySize: 61, contextLength: 40, layers: 2, heads: 2, width: 64),
            using: &generator)
    }

    @Test(
        "logits stay close to those of singles",
        arguments: [
            (NumberFormat.float16, Float(2e-3)), (.bfloat16, 2e-2), (.q8, 3e-2), (.q4, 4e-1),
        ])
    func closeness(_ format: NumberFormat, _ bound: Float) {
        let model = freshModel
        var predictor = model.predictor(weights: format)
        predictor.read(text)
        let expected = model.nextTokenLogits(after: text)
        #expect(relativeError(predictor.logits, expected) < bound)
        #expect(relativeError(predictor.logits, expected) > 0)
    }

    @Test("rows that fill no block become halves", arguments: [NumberFormat.q8, .q4])
    func fallback(_ format: NumberFormat) {
        let model = makeModel(heads: 3, width: 33)
        var predictor = model.predictor(weights: format)
        var halves = model.predictor(weights: .float16)
        predictor.read(text)
        halves.read(text)
        let isFinite = predictor.logits.allSatisfy { $0.isFinite }
        #expect(isFinite)
        // The wide layer (4 · 33 numbers) fills no block either.
        #expect(predictor.logits == halves.logits)
    }

    @Test("a GGUF file gives the same weights as the model it was written from")
    func gguf() throws {
        let model = freshModel
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "inference-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for format in NumberFormat.allCases {
            let url = folder.appending(path: format.rawValue)
            try model.export(gguf: url, format: format)
            var fromFile = try InferenceModel(gguf: url).predictor()
            var direct = model.predictor(weights: format)
            fromFile.read(text)
            direct.read(text)
            #expect(fromFile.logits == direct.logits, "\(format)")
            // And through singles, close to it.
            let loaded = try GPT(gguf: url)
            let expected = loaded.nextTokenLogits(after: text)
            #expect(relativeError(fromFile.logits, expected) < 3e-2, "\(format)")
        }
    }

    @Test("the bytes of a token are those of llama.cpp's formats")
    func bytes() {
        let model = makeModel(vocabulary: 64)
        let weights = 64 * 64 + 2 * 12 * 64 * 64
        let sizes = NumberFormat.allCases.map { InferenceModel(model, weights: $0).bytesPerToken }
        #expect(
            sizes == [weights * 4, weights * 2, weights * 2, weights / 32 * 34, weights / 32 * 18])
    }

    @Test("the loss is that of the model, and windows predict every token once")
    func loss() {
        let model = makeModel()
        let text = makeTokens(200)
        let packed = InferenceModel(model)
        let context = model.configuration.contextLength
        let window = Array(text[..<(context + 1)])
        let expected = model.loss(
            TokenBatch(Array(window.dropLast())), targets: TokenBatch(Array(window.dropFirst())))
        let found = packed.loss(on: window)
        #expect(abs(found.loss / Double(expected.item()) - 1) < 1e-5 && found.tokens == context)
        #expect(abs(found.perplexity - exp(found.loss)) < 1e-9)
        #expect(packed.loss(on: text).tokens == 199)
        #expect(packed.loss(on: text, stride: 1).tokens == 199)
        #expect(packed.loss(on: [1, 2]).tokens == 1)
    }

    @Test("Q8_0 changes the loss of a trained model by less than a thousandth")
    func quantisedLoss() throws {
        let tokenizer = CharacterTokenizer(alphabetOf: trainingText)
        let text = try tokenizer.encode(trainingText)
        let data = TokenDataset(text, contextLength: 32)
        var generator = SplitMix64(seed: 2)
        var model = GPT(
            .init(
                vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 2, heads: 2,
                width: 64), using: &generator)
        var optimizer = AdamW(learningRate: .cosine(peak: 3e-3, warmup: 5, total: 80))
        for _ in 0..<80 {
            let batch = data.batch(16, using: &generator)
            let (_, gradients) = valueAndGradients(of: model) {
                $0.loss(batch.inputs, targets: batch.targets)
            }
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
        }
        let sample = Array(text.prefix(2_000))
        let exact = InferenceModel(model).loss(on: sample).loss
        #expect(exact < 2.5)
        for (format, bound) in [(NumberFormat.float16, 1e-4), (.bfloat16, 2e-3), (.q8, 1e-3)] {
            let loss = InferenceModel(model, weights: format).loss(on: sample).loss
            #expect(abs(loss / exact - 1) < bound, "\(format.rawValue): \(loss), not \(exact)")
        }
    }
}
