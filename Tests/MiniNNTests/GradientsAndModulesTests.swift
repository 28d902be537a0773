import MiniNN
import TestExits
import Testing

@Suite("Gradients and modules")
struct GradientsAndModulesTests {
    @Test("Half the gradients have half the norm")
    func scaledNorm() {
        let gradients = OneMatrix(0).gradients(3)
        #expect(abs(gradients.norm - 3 * Float(6).squareRoot()) < 1e-5)
        #expect(abs(gradients.scaled(by: 0.5).norm - gradients.norm / 2) < 1e-5)
        #expect(abs(gradients.scaled(by: -0.5).norm - gradients.norm / 2) < 1e-5)
    }

    @Test("A limit that is negative, zero or no number is refused")
    func badLimits() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = OneMatrix(0).gradients(3).clipped(toNorm: -1)
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = OneMatrix(0).gradients(3).clipped(toNorm: .nan)
        }
    }

    @Test("Gradients of models of other shapes cannot be added")
    func otherShapes() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = OneMatrix(0).gradients(3) + OneMatrix(0, shape: [3, 2]).gradients(3)
        }
    }

    @Test("A parameter that is not there, or nil, is refused")
    func wrongName() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var model = OneMatrix(1)
            model[parameter: "wieght"] = .ones([2, 3])
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var model = OneMatrix(1)
            model[parameter: "weight"] = nil
        }
        var model = OneMatrix(1)
        model[parameter: "weight"] = Tensor(repeating: 4, shape: [2, 3])
        #expect(model[parameter: "weight"]?.scalars.allSatisfy { $0 == 4 } == true)
        #expect(model[parameter: "wieght"] == nil)
    }

    /// Two parameters of one name.
    private struct Twins: Module {
        var a = Tensor.ones([2]), b = Tensor.ones([2])
        mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
            visitor.visit("weight", &a)
            visitor.visit("weight", &b)
        }
    }

    @Test("Two parameters of one name are noticed when gradients are taken")
    func twins() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = valueAndGradients(of: Twins()) { ($0.a + $0.b).sum() }
        }
    }

    @Test("The parts of a model draw different masks")
    func partsOfAMode() {
        let mode = Mode.training(seed: 5)
        #expect(mode.part(0) != mode.part(1) && mode.part(0) != mode)
        #expect(Mode.inference.part(3) == .inference)
    }

    @Test("Uniform initialisation is bounded by the number of inputs, not of outputs")
    func fanIn() {
        var generator = SplitMix64(seed: 2)
        let weight = Initializer.uniformFanIn([3, 1_000], using: &generator)
        let bound = 1 / Float(1_000).squareRoot()
        #expect(weight.scalars.allSatisfy { abs($0) <= bound })
        #expect(weight.scalars.contains { abs($0) > bound / 2 })
    }

    @Test("Positions from the third on are the rows from the third on")
    func positions() {
        let table = Tensor(0..<16, shape: [8, 2])
        let encoding = PositionalEncoding(weight: table, isLearned: true)
        #expect(encoding(time: 2, from: 3).scalars == [6, 7, 8, 9])
    }
}
