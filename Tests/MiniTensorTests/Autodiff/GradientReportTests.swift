import Testing

@testable import MiniTensor

/// The public gradient checker must see wrong derivatives and no others.
@Suite struct GradientReportTests {
    private let inputs = [
        Tensor([0.4, -0.3, 1.1, 0.2, -0.9, 0.7], shape: [2, 3]), Tensor([0.8, -0.5, 0.3]),
    ]

    /// The product of two tensors, whose derivative by the first is multiplied and shifted.
    private func report(factor: Float = 1, shift: Float = 0) -> GradientReport {
        checkGradients(at: inputs) { x in
            customDerivative(of: [x[0], x[1].broadcast(to: [2, 3])]) {
                (result: $0[0] * $0[1], saved: ($0[0], $0[1]))
            } backward: { gradient, saved in
                [gradient * saved.1 * factor + shift, gradient * saved.0]
            }
        }
    }

    @Test func rightGradientsPass() {
        let report = report()
        #expect(report.isCorrect, "\(report)")
        // One random direction, and every element.
        #expect(report.slopes.count == 1 + 6 + 3)
        #expect(report.worst.relativeError < 1e-2)
    }

    @Test(arguments: [(1.01, 0), (-1, 0), (1, 0.01), (.nan, 0)] as [(Float, Float)])
    func wrongGradientsAreSeen(factor: Float, shift: Float) {
        let report = report(factor: factor, shift: shift)
        #expect(!report.isCorrect && !report.worst.isCorrect)
        #expect(report.description.contains("A gradient is wrong"))
        // The derivative by the second input is right.
        let wrong = Set(report.slopes.filter { !$0.isCorrect }.map(\.input))
        #expect(wrong.contains(0) && !wrong.contains(1))
    }

    @Test func largeInputsAreCheckedAlongOneDirectionOnly() {
        let report = checkGradients(at: [Tensor.ones([11]), Tensor.ones([3])], elements: 10) {
            $0[0].sum() * $0[1].mean()
        }
        #expect(report.isCorrect && report.slopes.count == 1 + 3)
    }
}
