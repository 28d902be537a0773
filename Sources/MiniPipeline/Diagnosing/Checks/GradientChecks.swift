import Foundation
import MiniGPT
import MiniTensor

/// Whether the gradients of some operations are the slopes that central differences show.
struct OperationGradientCheck: Check {
    /// A function of tensors whose gradient is known to the library.
    struct Case: Sendable {
        let name: String
        let shapes: [[Int]]
        let function: @Sendable ([Tensor]) -> Tensor
        /// What the library says; a test can put something wrong here.
        var gradients: @Sendable ([Tensor], ([Tensor]) -> Tensor) -> [Tensor] = {
            valueAndGradients(at: $0, of: $1).gradients
        }
    }

    let name = "gradients of operations"
    var cases = OperationGradientCheck.usual

    func examine() -> Diagnosis {
        var numbers = TestNumbers(seed: 5)
        let errors = cases.map { ($0.name, Self.error(of: $0, &numbers)) }
        let worst = errors.max { $0.1 < $1.1 } ?? ("nothing", 0)
        let facts = Dictionary(
            uniqueKeysWithValues: errors.map { ($0.0, String(format: "%.1e", $0.1)) })
        return SelfTest.diagnosis(
            what: "\(cases.count) operations differ from central differences", worst: worst,
            tolerance: 2e-3, facts: facts)
    }

    static let usual: [Case] = [
        Case(name: "matmul", shapes: [[5, 7], [7, 6]]) { matmul($0[0], $0[1]) },
        Case(name: "linear with GELU", shapes: [[6, 9], [8, 9], [8]]) {
            linear($0[0], weight: $0[1], bias: $0[2], activation: .geluApproximate)
        },
        Case(name: "layer norm", shapes: [[4, 16], [16], [16]]) {
            layerNorm($0[0], weight: $0[1], bias: $0[2])
        },
        Case(name: "softmax", shapes: [[5, 11]]) { softmax($0[0]) },
        Case(name: "attention", shapes: [[2, 7, 24]]) { selfAttention($0[0], heads: 2) },
        Case(name: "cross-entropy", shapes: [[6, 8], [13, 8]]) {
            linearCrossEntropy(
                $0[0], weight: $0[1], targets: TokenBatch([3, 0, 12, 7, 7, 1]))
        },
        Case(name: "division and broadcasting", shapes: [[4, 5], [5]]) { $0[0] / ($0[1] + 3) },
    ]

    /// How far the slope along a random direction is from the one that the gradients give, as a share
    /// of it.
    private static func error(of test: Case, _ numbers: inout TestNumbers) -> Double {
        let inputs = test.shapes.map { numbers.tensor($0) }
        let report = checkGradients(
            at: inputs, elements: 0, seed: 5, of: test.function, gradientsOf: test.gradients)
        return report.worst.relativeError
    }
}

/// Whether the gradient of a whole GPT is the slope of its loss.
struct ModelGradientCheck: Check {
    let name = "gradients of a GPT"
    /// What the gradients are multiplied by: anything but 1 must be found.
    var error: Float = 1

    func examine() -> Diagnosis {
        let model = SelfTest.model()
        let (inputs, targets) = SelfTest.batch(model.configuration, batch: 3)
        let (_, gradients) = valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
        var numbers = TestNumbers(seed: 9)
        var worst = ("nothing", 0.0)
        var facts: [String: String] = [:]
        for (index, parameter) in model.parameters.enumerated() {
            // Along the gradient itself and a little of everything: a slope that is far from 0.
            let gradient = gradients[index]
            let length = SelfTest.dot(gradient, gradient).squareRoot()
            let noise = numbers.tensor(parameter.value.shape, scale: Float(length) / 4)
            let direction = gradient + noise
            let slope = SelfTest.dot(gradient * error, direction)
            let step = 0.5 / max(length, 1e-6)
            let difference = CentralDifferences.slope(step: 0.1) { factor in
                var moved = model
                moved.mapParameters { name, value in
                    name == parameter.name ? value + direction * Float(factor * step) : value
                }
                return Double(moved.loss(inputs, targets: targets).item())
            }
            let found = difference / step
            let share = abs(found - slope) / max(abs(slope), 1e-6)
            facts[parameter.name] = String(format: "%.1e", share)
            if !(share <= worst.1) { worst = (parameter.name, share) }
        }
        return SelfTest.diagnosis(
            what: "\(facts.count) parameters differ from central differences", worst: worst,
            tolerance: 0.02, facts: facts)
    }
}

/// What self-tests share.
enum SelfTest {
    /// A GPT of a few thousand random numbers.
    static func model(width: Int = 24, context: Int = 12) -> GPT {
        var generator = SplitMix64(seed: 11)
        var model = GPT(
            .init(vocabularySize: 37, contextLength: context, layers: 2, heads: 3, width: width),
            using: &generator)
        // Larger than at the start of a training, so that attention has something to choose.
        model.mapParameters { _, value in
            value + Tensor.normal(value.shape, standardDeviation: 0.2, using: &generator)
        }
        return model
    }

    /// Random sequences and the tokens after them.
    static func batch(
        _ configuration: GPT.Configuration, batch: Int
    ) -> (inputs: TokenBatch, targets: TokenBatch) {
        var numbers = TestNumbers(seed: 3)
        let time = configuration.contextLength
        func draw() -> TokenBatch {
            TokenBatch(
                numbers.ids(batch * time, below: configuration.vocabularySize), batch: batch,
                time: time)
        }
        return (draw(), draw())
    }

    /// Σ a·b, added up in `Double`.
    static func dot(_ a: Tensor, _ b: Tensor) -> Double {
        zip(a.scalars, b.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// What a worst error means.
    static func diagnosis(
        what: String, worst: (name: String, error: Double), tolerance: Double,
        facts: [String: String]
    ) -> Diagnosis {
        let detail =
            "\(what) by at most \(String(format: "%.1e", worst.error)) (\(worst.name); \(String(format: "%.0e", tolerance)) is allowed)"
        // Not a number is never within the tolerance.
        guard worst.error <= tolerance else {
            return Diagnosis(
                .failure, detail,
                remedy:
                    "This machine computes wrongly: try MINIGPT_KERNELS=portable and another OpenBLAS, and please report this with the findings of all checks.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }
}
