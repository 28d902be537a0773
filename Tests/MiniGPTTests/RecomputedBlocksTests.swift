import MiniTensor
import Testing

@testable import MiniGPT

@Suite struct RecomputedBlocksTests {
    /// Value and gradients of the loss of a small model with dropout, which must drop the same both times.
    private func step(recomputingBlocks: Bool) -> (value: Float, gradients: Gradients) {
        var generator = SplitMix64(seed: 3)
        let model = GPT(
            .init(
                vocabularySize: 40, contextLength: 16, layers: 3, heads: 2, width: 24, dropout: 0.2),
            using: &generator)
        let ids = (0..<32).map { Int32($0 * 7 % 40) }
        let tokens = TokenBatch(ids, batch: 2, time: 16)
        return valueAndGradients(of: model) {
            $0.loss(
                tokens, targets: tokens, mode: .training(seed: 5),
                recomputingBlocks: recomputingBlocks)
        }
    }

    @Test("Doing the blocks again for the gradients changes no bit of them")
    func sameBits() {
        let (kept, again) = (step(recomputingBlocks: false), step(recomputingBlocks: true))
        #expect(kept.value == again.value)
        for index in 0..<kept.gradients.count {
            #expect(
                kept.gradients[index].scalars == again.gradients[index].scalars,
                "\(kept.gradients.names[index])")
        }
    }
}
