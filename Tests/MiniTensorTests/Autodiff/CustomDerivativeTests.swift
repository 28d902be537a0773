import Testing

@testable import MiniTensor

/// Operations whose derivative their author wrote.
@Suite struct CustomDerivativeTests {
    /// x·sigmoid(x), with the derivative from the documentation.
    private func silu(_ x: Tensor) -> Tensor {
        customDerivative(of: x) { x in
            (result: x * sigmoid(x), saved: x)
        } backward: { gradient, x in
            let s = sigmoid(x)
            return gradient * s * (1 + x * (1 - s))
        }
    }

    @Test func theDerivativeIsUsedAndAgreesWithThatOfTheParts() {
        let x = Tensor((-6..<6).map { Float($0) * 0.4 }, shape: [3, 4])
        let (value, slope) = valueAndGradient(at: x) { (silu($0) * 3).sum() }
        let (expected, expectedSlope) = valueAndGradient(at: x) { ($0 * sigmoid($0) * 3).sum() }
        #expect(mismatch(value, expected, tolerance: 1e-6) == nil)
        #expect(mismatch(slope, expectedSlope, tolerance: 1e-6) == nil)
        #expect(checkGradients(at: [x]) { silu($0[0]) }.isCorrect)
    }

    @Test func aDerivativeMayDifferFromTheSlope() {
        // The straight-through estimator of rounding.
        let slope = gradient(at: Tensor([0.4, 1.6])) { x in
            customDerivative(of: x) { x in
                (result: (x .>= 1) * 1, saved: 2 as Float)
            } backward: { gradient, factor in
                gradient * factor
            }.sum()
        }
        #expect(slope.scalars == [2, 2])
    }

    @Test func anInputWithoutAGradientGetsZeros() {
        let (a, b) = gradient(at: Tensor([1, 2]), Tensor([3, 4])) { a, b in
            customDerivative(of: [a, b]) { x in
                (result: x[0] * x[1], saved: x[1])
            } backward: { gradient, b in
                [gradient * b, nil]
            }.sum()
        }
        #expect(a.scalars == [3, 4] && b.scalars == [0, 0])
    }

    @Test func oneGradientCanGoToTwoInputs() {
        // Both get the same memory; adding to one must not change the other.
        let (a, b) = gradient(at: Tensor([1, 2]), Tensor([3, 4])) { a, b in
            let extra = (a * 10).sum()
            let sum = customDerivative(of: [a, b]) {
                (result: $0[0] + $0[1], saved: true)
            } backward: { gradient, _ in
                [gradient, gradient]
            }
            return sum.sum() + extra
        }
        #expect(a.scalars == [11, 11] && b.scalars == [1, 1])
    }

    @Test func theResultCanBeTheInput() {
        let slope = gradient(at: Tensor([1, 2])) { x in
            (customDerivative(of: x) {
                ($0, ())
            } backward: { g, _ in
                -g
            } * x).sum()
        }
        #expect(slope.scalars == [0, 0])
    }

    @Test func onlyInputsOnTheTapeAreDifferentiated() {
        let tape = Tape()
        let x = tape.input(Tensor([1, 2]))
        _ = silu(Tensor([1, 2]))
        #expect(tape.recordedKinds.isEmpty)
        #expect(silu(x).isRecorded)
        #expect(tape.recordedKinds == [.custom])
        tape.close()
        #expect(!silu(x).isRecorded)
    }

    @Test func itWorksInsideARecomputedPart() {
        let x = Tensor([0.5, -1, 2])
        let kept = gradient(at: x) { square(silu($0)).sum() }
        let recomputed = gradient(at: x) { x in
            MiniTensor.recomputed([x]) { inputs in
                customDerivative(of: inputs[0]) { x in
                    (result: x * sigmoid(x), saved: x)
                } backward: { gradient, x in
                    let s = sigmoid(x)
                    return gradient * s * (1 + x * (1 - s))
                }
            }.squared().sum()
        }
        #expect(mismatch(recomputed, kept) == nil)
    }
}

extension Tensor {
    fileprivate func squared() -> Tensor { square(self) }
}
