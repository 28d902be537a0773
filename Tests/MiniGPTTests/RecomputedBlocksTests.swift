import MiniTensor
import Testing

@testable import MiniGPT

@Suite struct RecomputedBlocksTests {
    /// Value and gradients of the loss of a small model with dropout, which must drop the same both times.
    private static let configuration = GPT.Configuration(
        vocabularySize: 40, contextLength: 16, layers: 3, heads: 2, width: 24, dropout: 0.2)

    private func step(recomputingBlocks: Bool) -> (value: Float, gradients: Gradients) {
        var generator = SplitMix64(seed: 3)
        let model = GPT(Self.configuration, using: &generator)
        let ids = (0..<160).map { Int32($0 * 7 % 40) }
        let tokens = TokenBatch(ids, batch: 10, time: 16)
        return valueAndGradients(of: model) {
            $0.loss(
                tokens, targets: tokens, mode: .training(seed: 5),
                recomputingBlocks: recomputingBlocks)
        }
    }

    @Test("Doing the blocks again for the gradients changes no bit of them")
    func sameBits() {
        #expect((1..<3).contains(Self.configuration.recomputedBlocks(positions: 160)))
        let (kept, again) = (step(recomputingBlocks: false), step(recomputingBlocks: true))
        #expect(kept.value == again.value)
        for index in 0..<kept.gradients.count {
            #expect(
                kept.gradients[index].scalars == again.gradients[index].scalars,
                "\(kept.gradients.names[index])")
        }
    }

    /// GPT-2's gradients take what nine of its blocks keep; those of the course's model, with four times
    /// the positions and a ninth of the weights, not even what one does.
    @Test("Blocks that keep no more than the gradients will take are not done again")
    func recomputedBlocks() {
        #expect(GPT.Configuration.gpt2.recomputedBlocks(positions: 1_024) == 3)
        #expect(GPT.Configuration.gpt2.recomputedBlocks(positions: 1 << 20) == 12)
        #expect(GPT.Configuration.gpt2.recomputedBlocks(positions: 1) == 0)
        #expect(GPT.Configuration.course.recomputedBlocks(positions: 4_096) == 6)
    }
}
