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

    @Test("Doing the blocks again for the gradients changes no bit of them")
    func sameBits() {
        let made = Self.configuration.madeTwice(positions: 16, recomputingBlocks: true)
        #expect(made.blocks == 2)
        let (kept, again) = (step(recomputingBlocks: false), step(recomputingBlocks: true))
        #expect(kept.value == again.value)
        for index in 0..<kept.gradients.count {
            #expect(
                kept.gradients[index].scalars == again.gradients[index].scalars,
                "\(kept.gradients.names[index])")
        }
    }

    @Test("Making the inside of a block again changes no bit", arguments: [Float(0), 0.2])
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

    private func madeTwice(
        _ configuration: GPT.Configuration, _ positions: Int, recomputingBlocks: Bool
    ) -> [Int] {
        let made = configuration.madeTwice(
            positions: positions, recomputingBlocks: recomputingBlocks)
        return [made.blocks, made.insides]
    }

    /// GPT-2's gradients take what nine of its blocks keep; those of the course's model, with four times
    /// the positions and a ninth of the weights, not even what one does.
    @Test("What keeps no more than the gradients will take is not done again")
    func recomputedBlocks() {
        #expect(madeTwice(.gpt2, 1_024, recomputingBlocks: true) == [0, 4])
        #expect(madeTwice(.gpt2, 4_096, recomputingBlocks: true) == [6, 6])
        #expect(madeTwice(.gpt2, 1 << 20, recomputingBlocks: true) == [12, 0])
        #expect(madeTwice(.gpt2, 1, recomputingBlocks: true) == [0, 0])
        #expect(madeTwice(.gpt2, 0, recomputingBlocks: true) == [0, 0])
        #expect(madeTwice(.course, 4_096, recomputingBlocks: true) == [6, 0])
    }

    @Test("Without being asked to, at most a third is made again, and nothing narrow")
    func remadeInsides() {
        #expect(madeTwice(.gpt2, 1_024, recomputingBlocks: false) == [0, 4])
        #expect(madeTwice(.gpt2, 1 << 20, recomputingBlocks: false) == [0, 4])
        #expect(madeTwice(.gpt2, .max, recomputingBlocks: false) == [0, 4])
        #expect(madeTwice(.gpt2, 512, recomputingBlocks: false) == [0, 0])
        #expect(madeTwice(.gpt2Large, 1_024, recomputingBlocks: false) == [0, 0])
        #expect(madeTwice(.course, 4_096, recomputingBlocks: false) == [0, 0])
    }
}
