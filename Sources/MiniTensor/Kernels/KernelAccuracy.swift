import CMiniKernels
import Foundation

/// How far the vector kernels of each instruction set are from plain arithmetic in `Double`.
package enum KernelAccuracy {
    /// The name of a kernel and its error against `Double`.
    package struct FunctionError: Sendable {
        /// The function: "exp", "product".
        package let name: String
        /// The largest difference, as a share of the largest number.
        package let error: Double

        package init(_ name: String, _ error: Double) { (self.name, self.error) = (name, error) }
    }

    /// The instruction sets that this processor runs, the best last.
    package static let available: [String] = {
        let names: [String] = ["portable", "neon", "avx2", "avx512"]
        return names.filter { mini_kernels_named($0) != nil }
            + (mini_matrix_units_named("amx") == nil ? [] : ["amx"])
    }()

    /// The error of each function of an instruction set, or `nil` if this processor does not run it.
    @Sendable package static func errors(of set: String) -> [FunctionError]? {
        if let kernels = mini_kernels_named(set) { return errors(of: kernels.pointee) }
        return mini_matrix_units_named(set).map { [.init("product", product($0.pointee))] }
    }

    /// The error of each function on numbers that do not fill the last vector.
    static func errors(of kernels: mini_kernels) -> [FunctionError] {
        elementwise(kernels) + reductions(kernels) + [.init("product", product(kernels))]
    }

    private static let count = 1_003

    private static func elementwise(_ kernels: mini_kernels) -> [FunctionError] {
        var numbers = TestNumbers(seed: 21)
        let x = numbers.array(count, scale: 4)
        let root = (2 / Double.pi).squareRoot()
        let functions: [(String, mini_unary, (Double) -> Double)] = [
            ("exp", kernels.exp, { exp($0) }), ("tanh", kernels.tanh, { tanh($0) }),
            ("sigmoid", kernels.sigmoid, { 1 / (1 + exp(-$0)) }),
            (
                "gelu", kernels.gelu_tanh,
                { $0 / 2 * (1 + tanh(root * ($0 + 0.044715 * $0 * $0 * $0))) }
            ),
        ]
        return functions.map { name, kernel, reference in
            var y = [Float](repeating: .nan, count: count)
            kernel(x, &y, count)
            return .init(name, worstDifference(y, from: x.map { reference(Double($0)) }))
        }
    }

    private static func reductions(_ kernels: mini_kernels) -> [FunctionError] {
        var numbers = TestNumbers(seed: 22)
        let (x, other) = (numbers.array(count, scale: 3), numbers.array(count, scale: 3))
        // All of one sign, so that the sum is as large as its parts.
        let positive = x.map { abs($0) }
        let (wide, wideOther) = (x.map(Double.init), other.map(Double.init))
        let sum = positive.reduce(0) { $0 + Double($1) }
        let dot = zip(wide, wideOther).reduce(0) { $0 + $1.0 * $1.1 }
        let size = zip(wide, wideOther).reduce(0) { $0 + abs($1.0 * $1.1) }
        let total = wide.reduce(0) { $0 + exp($1) }

        var softmax = [Float](repeating: .nan, count: count)
        let logSum = kernels.softmax(x, 1, &softmax, count)
        var normed = softmax
        var (mean, deviation): (Float, Float) = (0, 0)
        kernels.layer_norm(x, nil, nil, 1e-5, &normed, &mean, &deviation, 1, count)
        let center = wide.reduce(0, +) / Double(count)
        let variance = wide.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count)
        return [
            .init("sum", abs(Double(kernels.sum(positive, count)) - sum) / sum),
            .init("dot", abs(Double(kernels.dot(x, other, count)) - dot) / size),
            .init("softmax", worstDifference(softmax, from: wide.map { exp($0) / total })),
            .init("log-sum-exp", abs(Double(logSum) - log(total)) / log(total)),
            .init(
                "layer norm",
                worstDifference(
                    normed, from: wide.map { ($0 - center) / (variance + 1e-5).squareRoot() })
            ),
        ]
    }

    private static func product(_ kernels: mini_kernels) -> Double {
        errorOfProduct { a, b, c, m, n, k in
            let strip = kernels.strip_columns
            var packed = [Float](repeating: 0, count: (n + strip - 1) / strip * strip * k)
            kernels.pack_right(b, n, 1, &packed, k, n, strip)
            kernels.multiply_packed(a, k, 1, packed, strip, 0, c, n, m, n, k, nil)
        }
    }

    private static func product(_ units: mini_matrix_units) -> Double {
        errorOfProduct { a, b, c, m, n, k in
            var left = [Float](repeating: 0, count: mini_matrix_units_count(m, k))
            var right = [Float](repeating: 0, count: mini_matrix_units_count(n, k))
            _ = units.pack_left(a, k, 1, &left, m, k)
            _ = units.pack_right(b, n, 1, &right, k, n)
            units.multiply(left, right, 0, c, n, m, n, k)
        }
    }

    /// The error of a matrix product whose extents fill neither tiles nor strips.
    private static func errorOfProduct(
        _ multiply: (
            _ a: [Float], _ b: [Float], _ c: UnsafeMutablePointer<Float>, _ m: Int, _ n: Int,
            _ k: Int
        ) -> Void
    ) -> Double {
        var numbers = TestNumbers(seed: 23)
        let (m, n, k) = (37, 53, 71)
        let (a, b) = (numbers.array(m * k), numbers.array(k * n))
        var c = [Float](repeating: .nan, count: m * n)
        multiply(a, b, &c, m, n, k)
        let reference = (0..<m * n).map { place in
            (0..<k).reduce(0.0) {
                $0 + Double(a[place / n * k + $1]) * Double(b[$1 * n + place % n])
            }
        }
        return worstDifference(c, from: reference)
    }
}
