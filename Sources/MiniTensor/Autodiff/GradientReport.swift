/// Compares the gradient of a function with central differences of its values.
///
///     let report = checkGradients(at: [x, weight]) { silu(linear($0[0], weight: $0[1])) }
///     precondition(report.isCorrect, "\(report)")
///
/// All inputs are moved along one random direction; then every element of the inputs is moved by
/// itself. What is differentiated is a sum of the results with random weights. The function must be
/// smooth within 0.04 of the inputs, and both should be of the size of 1: 32-bit results hold no more
/// than seven digits.
///
/// - Parameters:
///   - inputs: where the gradient is checked.
///   - elements: how many elements an input may have to be checked element by element: each takes
///     four calls of the function.
///   - seed: chooses the direction and the weights.
///   - function: what is checked: a result of any shape, the same at every call.
public func checkGradients(
    at inputs: [Tensor], elements: Int = 100, seed: UInt64 = 0,
    of function: @escaping ([Tensor]) -> Tensor
) -> GradientReport {
    checkGradients(at: inputs, elements: elements, seed: seed, of: function) {
        valueAndGradients(at: $0, of: $1).gradients
    }
}

/// The same with gradients from anywhere: a test can put something wrong there.
package func checkGradients(
    at inputs: [Tensor], elements: Int, seed: UInt64,
    of function: @escaping ([Tensor]) -> Tensor,
    gradientsOf gradients: ([Tensor], ([Tensor]) -> Tensor) -> [Tensor]
) -> GradientReport {
    var generator = SplitMix64(seed: seed)
    let weights = Tensor.uniform(function(inputs).shape, in: -1..<1, using: &generator)
    let found = gradients(inputs) { (function($0) * weights).sum() }.map(\.doubles)
    let differences = CentralDifferences(inputs: inputs, weights: weights.doubles, of: function)
    let random = inputs.map { Tensor.uniform($0.shape, in: -1..<1, using: &generator).doubles }
    var slopes = [differences.slope(along: random, gradients: found)]
    for (position, input) in inputs.enumerated() where input.count <= elements {
        for element in 0..<input.count {
            slopes.append(differences.slope(of: element, in: position, gradients: found))
        }
    }
    return GradientReport(slopes: slopes)
}

/// What `checkGradients` found: the slopes that gradients promise beside those of the values.
public struct GradientReport: Sendable, CustomStringConvertible {
    /// How fast a function changes along one direction, by its gradient and by its values.
    public struct Slope: Sendable {
        /// The position of the input that was moved, from 0; `nil` if all were, at random.
        public internal(set) var input: Int?
        /// The element that was moved, in row-major order; `nil` if all were, at random.
        public internal(set) var element: Int?
        /// The slope by the gradient.
        public let promised: Double
        /// The slope by central differences.
        public let measured: Double
        /// How long the gradient is along this direction.
        public let size: Double
        /// How far the two may be apart: some roundings of the results, and a share of the size.
        public let tolerance: Double

        /// How far the two are apart.
        public var error: Double { abs(promised - measured) }

        /// The error as a share of the size.
        public var relativeError: Double { error / Swift.max(size, 1e-3) }

        /// Whether the two agree. A slope that is not a number agrees with nothing.
        public var isCorrect: Bool { error <= tolerance }
    }

    /// All comparisons: one along a random direction, then one for each element that was moved.
    public let slopes: [Slope]

    /// Whether all slopes agree.
    public var isCorrect: Bool { slopes.allSatisfy(\.isCorrect) }

    /// The comparison that fails by the most, or that is closest to failing.
    public var worst: Slope {
        // What is not a number is worse than any error.
        func badness(_ slope: Slope) -> Double {
            slope.error.isNaN ? .infinity : slope.error / slope.tolerance
        }
        return slopes.max { badness($0) < badness($1) } ?? slopes[0]
    }

    /// A sentence about the worst comparison.
    public var description: String {
        let place =
            worst.input.map { "of element \(worst.element ?? 0) of input \($0)" }
            ?? "along a random direction"
        let verdict = isCorrect ? "Gradients agree with central differences" : "A gradient is wrong"
        return
            "\(verdict): the slope \(place) is \(worst.measured), the gradient says \(worst.promised) (tolerance \(worst.tolerance))."
    }
}

/// Slopes of Σ weights · f(inputs) by its values, added up in `Double`.
package struct CentralDifferences {
    private let inputs: [Tensor]
    private let values: [[Double]]
    private let weights: [Double]
    private let function: ([Tensor]) -> Tensor
    private static let step = 0.02

    package init(
        inputs: [Tensor], weights: [Double], of function: @escaping ([Tensor]) -> Tensor
    ) {
        (self.inputs, self.weights, self.function) = (inputs, weights, function)
        values = inputs.map(\.doubles)
    }

    /// The slope along a direction beside the one by these gradients; both in row-major order.
    package func slope(along directions: [[Double]], gradients: [[Double]]) -> GradientReport.Slope
    {
        var noise = 0.0
        let measured = Self.slope(step: Self.step) { factor in
            var sum = 0.0
            noise = 0
            for (weight, y) in zip(weights, result(factor, directions).scalars) {
                sum += weight * Double(y)
                noise += abs(weight * Double(y))
            }
            return sum
        }
        var promised = 0.0
        var size = 0.0
        for (gradient, direction) in zip(gradients, directions) {
            for (g, d) in zip(gradient, direction) where d != 0 {
                promised += g * d
                size += g * g * d * d
            }
        }
        // A few roundings of the result, over the step; and a share of the slope itself.
        let tolerance = 3e-7 * (noise + 0.1) / Self.step + 5e-4 * size.squareRoot()
        return GradientReport.Slope(
            promised: promised, measured: measured, size: size.squareRoot(), tolerance: tolerance)
    }

    /// The slope that one element of one input has by itself.
    package func slope(
        of element: Int, in input: Int, gradients: [[Double]]
    ) -> GradientReport.Slope {
        var directions = values.map { [Double](repeating: 0, count: $0.count) }
        directions[input][element] = 1
        var slope = slope(along: directions, gradients: gradients)
        (slope.input, slope.element) = (input, element)
        return slope
    }

    private func result(_ factor: Double, _ directions: [[Double]]) -> Tensor {
        function(
            inputs.indices.map { index in
                Tensor(
                    zip(values[index], directions[index]).map { Float($0 + factor * $1) },
                    shape: inputs[index].shape)
            })
    }

    /// The slope of a function at 0 from four points: the error falls with the fourth power of the
    /// step, so the step can be large enough to drown the rounding of 32-bit results.
    package static func slope(step: Double, of value: (Double) -> Double) -> Double {
        (8 * (value(step) - value(-step)) - (value(2 * step) - value(-2 * step))) / (12 * step)
    }
}

extension Tensor {
    /// The elements in row-major order.
    fileprivate var doubles: [Double] { scalars.map(Double.init) }
}
