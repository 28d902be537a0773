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
        let ids = (0..<16).map { Int32($0 * 7 % 40) }
        let tokens = TokenBatch(ids, batch: 1, time: 16)
        return valueAndGradients(of: model) {
            $0.loss(
                tokens, targets: tokens, mode: .training(seed: 5),
                recomputingBlocks: recomputingBlocks)
        }
    }

    @Test("Recomputing the blocks for the gradients changes no bit of them")
    func sameBits() {
        let plan = RecomputationPlan(Self.configuration, positions: 16, savingMemory: true)
        #expect(plan.wholeBlocks == 2)
        let (kept, again) = (step(recomputingBlocks: false), step(recomputingBlocks: true))
        #expect(kept.value == again.value)
        for index in 0..<kept.gradients.count {
            #expect(
                kept.gradients[index].scalars == again.gradients[index].scalars,
                "\(kept.gradients.names[index])")
        }
    }

    @Test("Recomputing the wide activations of a block changes no bit", arguments: [Float(0), 0.2])
    func sameBitsOfInside(dropout: Float) {
        var configuration = Self.configuration
        configuration.dropout = dropout
        var generator = SplitMix64(seed: 4)
        let block = GPT.Block(configuration, using: &generator)
        let x = Tensor.normal([5, 16, 24], standardDeviation: 1, using: &generator)
        let results = [false, true].map { recomputesInside in
            valueAndGradients(of: block) {
                square($0(x, mode: .training(seed: 6), recomputesInside: recomputesInside)).sum()
            }
        }
        #expect(results[0].value == results[1].value)
        for index in 0..<results[0].gradients.count {
            #expect(
                results[0].gradients[index].scalars == results[1].gradients[index].scalars,
                "\(results[0].gradients.names[index])")
        }
    }

    /// Whole blocks, and blocks of which the wide activations are recomputed.
    private func plan(
        _ configuration: GPT.Configuration, _ positions: Int, savingMemory: Bool
    ) -> [Int] {
        let plan = RecomputationPlan(
            configuration, positions: positions, savingMemory: savingMemory)
        return [plan.wholeBlocks, plan.wideActivations]
    }

    /// GPT-2's gradients take what nine of its blocks keep; those of the course's model, with four times
    /// the positions and a ninth of the weights, not even what one does.
    @Test("What keeps no more than the gradients will take is not recomputed")
    func recomputedBlocks() {
        #expect(plan(.gpt2, 1_024, savingMemory: true) == [0, 4])
        #expect(plan(.gpt2, 4_096, savingMemory: true) == [6, 6])
        #expect(plan(.gpt2, 1 << 20, savingMemory: true) == [12, 0])
        #expect(plan(.gpt2, 1, savingMemory: true) == [0, 0])
        #expect(plan(.gpt2, 0, savingMemory: true) == [0, 0])
        #expect(plan(.course, 4_096, savingMemory: true) == [6, 0])
    }

    @Test("Without being asked to, at most a third is recomputed, and nothing narrow")
    func wideActivations() {
        #expect(plan(.gpt2, 1_024, savingMemory: false) == [0, 4])
        #expect(plan(.gpt2, 1 << 20, savingMemory: false) == [0, 4])
        #expect(plan(.gpt2, .max, savingMemory: false) == [0, 4])
        #expect(plan(.gpt2, 512, savingMemory: false) == [0, 0])
        #expect(plan(.gpt2Large, 1_024, savingMemory: false) == [0, 0])
        #expect(plan(.course, 4_096, savingMemory: false) == [0, 0])
    }
}
