import Foundation
import MiniTensor
import Testing

@testable import MiniGPT

/// A batch of a small model goes through it in two halves.
@Suite struct LossAndGradientsTests {
    private static let configuration = GPT.Configuration(
        vocabularySize: 23, contextLength: 8, layers: 2, heads: 2, width: 16, dropout: 0.3)
    private let model: GPT

    init() {
        var generator = SplitMix64(seed: 11)
        model = GPT(Self.configuration, using: &generator)
    }

    private func tokens(_ batch: Int, _ step: Int) -> TokenBatch {
        TokenBatch((0..<batch * 8).map { Int32($0 * step % 23) }, batch: batch, time: 8)
    }

    private func undivided(
        _ inputs: TokenBatch, _ targets: TokenBatch
    ) -> (value: Float, gradients: Gradients) {
        valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
    }

    @Test(
        "The halves together give what the whole gives, also if they are not equal",
        arguments: 2...5)
    func sameAsUndivided(batch: Int) {
        let inputs = tokens(batch, 7)
        var targets = tokens(batch, 5)
        // Some that do not count, nearly all of them in the first half.
        for place in 0..<11 { targets[place / targets.time, place % targets.time] = -1 }
        let (whole, parts) = (
            undivided(inputs, targets), model.lossAndGradients(inputs, targets: targets)
        )
        #expect(abs(whole.value - parts.value) < 2e-6)
        #expect(whole.gradients.names == parts.gradients.names)
        for index in 0..<whole.gradients.count {
            let (expected, found) = (whole.gradients[index].scalars, parts.gradients[index].scalars)
            let size = expected.map(abs).max() ?? 0
            #expect(size > 0)
            let difference = zip(expected, found).map { abs($0 - $1) }.max() ?? 0
            #expect(difference <= 2e-5 * size + 1e-8, "\(whole.gradients.names[index])")
        }
    }

    @Test("A model whose parameters are being differentiated is refused, not detached")
    func nestedDifferentiation() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            for trap in [SIGILL, SIGTRAP, SIGABRT] { signal(trap, SIG_DFL) }
            let layer = Linear(weight: Tensor.ones([2, 2]), bias: nil)
            _ = valueAndGradients(of: layer) { outer in
                let inner = valueAndGradients(of: outer) { $0(Tensor.ones([1, 2])).sum() }
                return inner.gradients[0].sum()
            }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the parameter weight is itself being differentiated"))
    }

    @Test("Targets none of which count have no loss and no gradient")
    func nothingCounts() {
        let some = tokens(4, 5)
        let targets = TokenBatch(
            some.tokens.map { _ in -1 }, batch: some.batch, time: some.time)
        let (value, gradients) = model.lossAndGradients(tokens(4, 7), targets: targets)
        #expect(value == 0)
        #expect((0..<gradients.count).allSatisfy { gradients[$0].scalars.allSatisfy { $0 == 0 } })
    }

    @Test("Any number of threads gives the same bits, and another seed drops something else")
    func sameBits() {
        func run(threads: Int, seed: UInt64) -> (value: Float, gradients: Gradients) {
            Compute.$threads.withValue(threads) {
                model.lossAndGradients(
                    tokens(5, 7), targets: tokens(5, 5), mode: .training(seed: seed))
            }
        }
        let (one, two) = (run(threads: 1, seed: 3), run(threads: 2, seed: 3))
        #expect(one.value == two.value)
        for index in 0..<one.gradients.count {
            #expect(one.gradients[index].scalars == two.gradients[index].scalars)
        }
        #expect(run(threads: 2, seed: 4).value != two.value)
    }

    @Test("One sequence, and the batch of a large model, stay whole")
    func undividedBatches() {
        let (whole, one) = (
            undivided(tokens(1, 7), tokens(1, 5)),
            model.lossAndGradients(tokens(1, 7), targets: tokens(1, 5))
        )
        #expect(whole.value == one.value)
        for index in 0..<whole.gradients.count {
            #expect(whole.gradients[index].scalars == one.gradients[index].scalars)
        }
        #expect(!Self.configuration.dividesBatch(of: 1))
        #expect(GPT.Configuration.shakespeareCharacters(vocabularySize: 65).dividesBatch(of: 12))
        #expect(!GPT.Configuration.course.dividesBatch(of: 32))
    }
}
