import MiniGPT
import Testing

@Suite("Several texts at once") struct BatchPredictorTests {
    @Test(
        "texts of different lengths get the bits they get alone", arguments: NumberFormat.allCases)
    func lengths(_ format: NumberFormat) {
        let packed = InferenceModel(makeModel(), weights: format)
        let prompts = [1, 9, 30, 2, 17, 5, 12].map { makeTokens($0, seed: UInt64($0)) }
        var batch = BatchPredictor(prompts.map { _ in packed.predictor() })
        var alone = prompts.map { _ in packed.predictor() }
        batch.read(prompts)
        for index in prompts.indices { alone[index].read(prompts[index]) }
        for step in 0..<8 {
            for index in prompts.indices {
                #expect(batch.sequences[index].logits == alone[index].logits)
                #expect(batch.sequences[index].tokens == alone[index].tokens)
            }
            // One token each; some read none, some several.
            let more = prompts.indices.map { index in
                makeTokens(
                    (index + step) % 5 == 0 ? 0 : (index + step) % 7 == 0 ? 2 : 1,
                    seed: UInt64(step))
            }
            batch.read(more)
            for index in prompts.indices { alone[index].read(more[index]) }
        }
    }

    @Test("a batch longer than a part of a pass, with more texts than rows of logits")
    func large() {
        let model = makeModel(context: 20, layers: 1, width: 32)
        let packed = InferenceModel(model)
        let prompts = (0..<40).map { makeTokens(1 + $0 % 19, seed: UInt64($0)) }
        var batch = BatchPredictor(prompts.map { _ in packed.predictor() })
        batch.read(prompts)
        for (sequence, prompt) in zip(batch.sequences, prompts) {
            #expect(relativeError(sequence.logits, model.nextTokenLogits(after: prompt)) < 1e-4)
        }
    }

    @Test("texts come and go, and share a prompt that was read once")
    func changes() {
        let packed = InferenceModel(makeModel())
        var prompt = packed.predictor()
        prompt.read(makeTokens(8))
        var batch = BatchPredictor([prompt, prompt, prompt])
        batch.read([[1], [2], [3]])
        let kept = batch.sequences[1]
        batch.sequences.remove(at: 0)
        batch.sequences.append(prompt)
        batch.read([[4], [], [5]])
        #expect(batch.sequences[0].tokens == makeTokens(8) + [2, 4])
        var alone = kept
        alone.read([4])
        #expect(batch.sequences[0].logits == alone.logits)
        #expect(batch.sequences[1].tokens == makeTokens(8) + [3])
    }
}
