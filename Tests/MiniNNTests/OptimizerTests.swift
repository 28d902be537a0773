import MiniNN
import TestExits
import Testing

/// One matrix, so that what an optimizer does can be told by hand.
struct OneMatrix: Module {
    var weight: Tensor

    init(_ value: Float, shape: [Int] = [2, 3]) { weight = Tensor(repeating: value, shape: shape) }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("weight", &weight)
    }

    /// Gradients of this model that are all the same number.
    func gradients(_ value: Float) -> Gradients {
        Gradients(names: ["weight"], values: [Tensor(repeating: value, shape: weight.shape)])
    }
}

/// Two parameters, one of which can be frozen.
struct TwoMatrices: Module {
    var first = OneMatrix(1)
    var second = OneMatrix(1)

    mutating func visitParameters(_ visitor: inout some ParameterVisitor) {
        visitor.visit("first", &first)
        visitor.visit("second", &second)
    }

    var gradients: Gradients {
        Gradients(
            names: parameters.map(\.name), values: parameters.map { .ones($0.value.shape) })
    }
}

@Suite("Optimizers")
struct OptimizerTests {
    @Test("Weight decay of SGD shrinks a weight without a gradient")
    func weightDecayOfSGD() {
        var model = OneMatrix(1)
        var optimizer = SGD(learningRate: .constant(0.1), weightDecay: 0.5)
        optimizer.update(&model, along: model.gradients(0))
        #expect(model.weight.scalars.allSatisfy { abs($0 - 0.95) < 1e-6 })
    }

    @Test("A parameter that was frozen first begins with the bias correction of a first step")
    func frozenFirst() {
        var model = TwoMatrices()
        var optimizer = AdamW(learningRate: 0.01, weightDecay: 0)
        for _ in 0..<50 {
            optimizer.update(&model, along: model.gradients) { $0.hasPrefix("first") }
        }
        #expect(model.second.weight.scalars.allSatisfy { $0 == 1 })
        optimizer.update(&model, along: model.gradients, where: nil)
        // The first step of Adam is as long as the learning rate, whatever the gradient.
        #expect(model.second.weight.scalars.allSatisfy { abs($0 - 0.99) < 1e-6 })
    }

    @Test("The second average of β₂ = 0.999 takes a thousandth of the squared gradient")
    func preciseRest() {
        var model = OneMatrix(1)
        var optimizer = AdamW(learningRate: 0.01)
        optimizer.update(&model, along: model.gradients(2))
        let second = optimizer.moments[0].second.scalars
        #expect(second.allSatisfy { abs($0 - 0.004) < 1e-9 })
    }

    @Test("Gradients of other shapes than the model's parameters are refused with both shapes")
    func otherShapes() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var model = OneMatrix(1)
            var optimizer = SGD(learningRate: .constant(0.1))
            optimizer.update(&model, along: OneMatrix(1, shape: [3, 2]).gradients(1))
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            var optimizer = AdamW(learningRate: 0.1)
            var small = OneMatrix(1)
            optimizer.update(&small, along: small.gradients(1))
            var large = OneMatrix(1, shape: [64, 64])
            optimizer.update(&large, along: large.gradients(1))
        }
    }

    @Test("Settings outside what is possible are refused")
    func badSettings() async {
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = AdamW(learningRate: 0.1, betas: (0.9, 1))
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = AdamW(learningRate: 0.1, weightDecay: -1)
        }
        await #expect(processExitsWith: .failure) {
            dieQuietly()
            _ = SGD(learningRate: .constant(0.1), momentum: -0.1)
        }
    }

    @Test(
        "The state that an optimizer shows makes another one go on as it would", arguments: [0, 1])
    func stateGoesOn(kind: Int) throws {
        func check<Updater: Optimizer>(_ fresh: Updater) throws {
            var model = TwoMatrices()
            var optimizer = fresh
            for _ in 0..<3 { optimizer.update(&model, along: model.gradients) }
            optimizer.update(&model, along: model.gradients) { $0.hasPrefix("first") }
            var other = fresh
            var copy = model
            try OptimizerState(optimizer).restore(&other, of: copy)
            #expect(other.step == 4)
            optimizer.update(&model, along: model.gradients)
            other.update(&copy, along: copy.gradients)
            for (a, b) in zip(model.parameters, copy.parameters) {
                #expect(a.value.scalars == b.value.scalars)
            }
        }
        if kind == 0 {
            try check(AdamW(learningRate: 0.01))
        } else {
            try check(SGD(learningRate: .constant(0.01), momentum: 0.9))
        }
    }

    @Test("The state of another kind of optimizer, or of another model, is refused by name")
    func otherState() {
        var model = TwoMatrices()
        var adam = AdamW(learningRate: 0.01)
        adam.update(&model, along: model.gradients)
        var momentum = SGD(learningRate: .constant(0.01))
        let kind = #expect(throws: CheckpointError.self) {
            try OptimizerState(adam).restore(&momentum, of: model)
        }
        #expect(kind?.description.contains("AdamW") == true)
        var fresh = AdamW(learningRate: 0.01)
        let shape = #expect(throws: CheckpointError.self) {
            try OptimizerState(adam).restore(&fresh, of: OneMatrix(1))
        }
        #expect(shape?.description.contains("first.weight") == true)
        #expect(fresh.step == 0)
    }

    @Test("Every schedule ends at its floor and begins above it")
    func floors() {
        let schedules: [LearningRateSchedule] = [
            .linear(peak: 1, warmup: 3, total: 20, floor: 0.25),
            .cosine(peak: 1, warmup: 3, total: 20, floor: 0.25),
            .warmupStableDecay(peak: 1, warmup: 3, decay: 5, total: 20, floor: 0.25),
        ]
        for schedule in schedules {
            #expect(schedule(20) == 0.25 && schedule(100) == 0.25)
            #expect(schedule(3) == 1 && schedule(19) > 0.25)
        }
    }
}
