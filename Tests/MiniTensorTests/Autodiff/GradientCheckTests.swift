import Testing

@testable import MiniTensor

/// Every operation in the registry against central differences.
@Suite struct GradientCheckTests {
    @Test(arguments: OperationKind.allCases)
    func theGradientIsTheSlope(kind: OperationKind) {
        let checks = GradientCatalogue.all.checks[kind] ?? []
        #expect(!checks.isEmpty, "\(kind) has no gradient check; add one to GradientCatalogue.")
        for check in checks {
            let complaints = check.complaints(kind: kind)
            #expect(complaints.isEmpty, "\(complaints.first ?? "")")
        }
    }

    /// The check itself: it must see a wrong factor, a missing term and a wrong sign.
    @Test func wrongGradientsAreSeen() {
        func isCaught(_ derivative: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Bool {
            let check = GradientCheck(name: "wrong", inputs: [.smooth(3, 4)]) { inputs in
                let x = inputs[0]
                return (x.detached() * x.detached()).recorded(.square, x) { derivative(x, $0) }
            }
            return !check.complaints(kind: .square).isEmpty
        }
        #expect(!isCaught { $1 * $0 * 2 })
        #expect(isCaught { $1 * $0 * 2.01 })
        #expect(isCaught { $1 * $0 * -2 })
        #expect(isCaught { $1 * $0 * 2 + 0.01 })
        #expect(isCaught { $1.contiguous() * $0.T.reshaped(3, 4) * 2 })
    }

    @Test func anOperationThatIsNotRecordedIsSeen() {
        let check = GradientCheck(name: "none", inputs: [.smooth(3)]) { $0[0] * 2 }
        #expect(!check.complaints(kind: .add).isEmpty)
    }

    @Test func equalsShareTheGradientOfAnExtreme() {
        let x = Tensor([2, 5, 5, 1])
        #expect(gradient(at: x) { $0.max() }.scalars == [0, 0.5, 0.5, 0])
        #expect(gradient(at: x) { $0.min() }.scalars == [0, 0, 0, 1])
        let (a, b) = gradient(at: Tensor([1, 2]), Tensor([1, 3])) { maximum($0, $1).sum() }
        #expect(a.scalars == [0.5, 0] && b.scalars == [0.5, 1])
    }

    @Test func kinksHaveTheGradientOfOneSide() {
        #expect(gradient(at: Tensor([-1, 0, 1])) { relu($0).sum() }.scalars == [0, 0, 1])
        #expect(gradient(at: Tensor([-1, 0, 1])) { abs($0).sum() }.scalars == [-1, 0, 1])
    }

    @Test func comparisonsHaveNoGradient() {
        let x = Tensor([1, 2, 3])
        #expect(gradient(at: x) { (($0 .> 1.5) * 2).sum() }.scalars == [0, 0, 0])
        #expect(gradient(at: x) { Tensor($0.argMax()) }.scalars == [0, 0, 0])
    }
}
