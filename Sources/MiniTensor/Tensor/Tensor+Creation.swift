import CMiniKernels

extension Tensor {
    /// A tensor with no axes, holding one number.
    public init(_ value: Float) {
        self = make([]) { $0[0] = value }
    }

    /// A tensor of one axis.
    public init(_ scalars: [Float]) {
        self.init(scalars, shape: [scalars.count])
    }

    /// A tensor of the given shape from its elements in row-major order.
    ///
    /// - Precondition: `scalars` has as many elements as `shape` asks for.
    public init(_ scalars: some Collection<Float>, shape: [Int]) {
        let extents = Tensor.checked(shape)
        precondition(
            scalars.count == extents.product,
            "Shape \(shape) needs \(extents.product) elements, but \(scalars.count) were given.")
        self = make(extents) { pointer in
            var next = pointer
            for scalar in scalars {
                next.pointee = scalar
                next += 1
            }
        }
    }

    /// A matrix from its rows: `[rows, columns]`.
    ///
    /// - Precondition: all rows have the same length.
    public init(_ rows: [[Float]]) {
        precondition(
            rows.allSatisfy { $0.count == rows[0].count },
            "The rows of a matrix have different lengths: \(rows.map(\.count)).")
        self.init(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0])
    }

    /// A tensor of three axes from its matrices: `[matrices, rows, columns]`.
    ///
    /// - Precondition: all matrices have the same shape.
    public init(_ matrices: [[[Float]]]) {
        self = matrices.isEmpty ? Tensor.zeros([0, 0, 0]) : stacked(matrices.map { Tensor($0) })
    }

    /// The whole numbers of a range, optionally in a shape: `Tensor(0..<12, shape: [3, 4])`. Floats
    /// hold whole numbers up to 2²⁴ (16,777,216) exactly.
    public init(_ range: Range<Int>, shape: [Int]? = nil) {
        self.init(range.map(Float.init), shape: shape ?? [range.count])
    }

    /// A tensor or array that holds the same number everywhere.
    public init(repeating value: Float, shape: [Int]) {
        self = Tensor.filled(with: value, shape: Tensor.checked(shape))
    }

    /// Zeros.
    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }

    /// Zeros in the shape of another tensor.
    public static func zeros(like other: Tensor) -> Tensor {
        filled(with: 0, shape: other.layout.shape)
    }

    /// Ones.
    public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }

    /// Ones in the shape of another tensor.
    public static func ones(like other: Tensor) -> Tensor {
        filled(with: 1, shape: other.layout.shape)
    }

    /// The identity matrix of `size` rows and columns.
    public static func identity(_ size: Int) -> Tensor {
        var result = Tensor.zeros([size, size])
        result.withUnsafeMutableScalars { scalars in
            for index in 0..<size { scalars[index * (size + 1)] = 1 }
        }
        return result
    }

    /// `count` evenly spaced numbers from `start` to `end`, both included; only `start` if `count` is 1.
    ///
    /// - Precondition: `count` is not negative.
    public static func linspace(_ start: Float, _ end: Float, count: Int) -> Tensor {
        precondition(count >= 0, "linspace: the count must not be negative, but is \(count).")
        let (first, distance) = (Double(start), Double(end) - Double(start))
        return Tensor(
            (0..<count).map {
                // The last share is exactly 1.
                count == 1 ? start : Float(first + distance * (Double($0) / Double(count - 1)))
            })
    }

    /// The numbers `start, start + step, …` before `end`.
    ///
    /// - Precondition: `step` is neither 0 nor infinite, and all three are numbers.
    public static func arange(from start: Float = 0, to end: Float, by step: Float = 1) -> Tensor {
        precondition(
            step != 0 && step.isFinite && start.isFinite && end.isFinite,
            "arange: from \(start) to \(end) by \(step) is not a finite sequence; the step must not be 0."
        )
        return Tensor(Array(stride(from: start, to: end, by: step)))
    }

    static func filled(with value: Float, shape: Extents) -> Tensor {
        make(shape) { pointer in
            forEachChunk(of: shape.product) { range in
                kernels.fill(value, pointer + range.lowerBound, range.count)
            }
        }
    }

    /// A shape that came from a caller, checked.
    static func checked(_ shape: [Int]) -> Extents {
        precondition(
            shape.allSatisfy { $0 >= 0 }, "A shape has no negative extents, but \(shape) was given."
        )
        return Extents(shape)
    }
}

// MARK: - Literals

extension Tensor: ExpressibleByArrayLiteral {
    /// Nested literals: `[[1, 2], [3, 4]]` is a matrix.
    ///
    /// - Precondition: all rows at one depth have the same length.
    public init(arrayLiteral elements: TensorLiteral...) {
        self = TensorLiteral(elements).tensor
    }
}

/// A number or a list of them inside a tensor literal.
public struct TensorLiteral: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    fileprivate let tensor: Tensor

    /// A number.
    public init(floatLiteral value: Float) { tensor = Tensor(value) }

    /// A number.
    public init(integerLiteral value: Int) { tensor = Tensor(Float(value)) }

    /// A list of numbers or lists.
    public init(arrayLiteral elements: TensorLiteral...) { self.init(elements) }

    fileprivate init(_ elements: [TensorLiteral]) {
        let rows = elements.map(\.tensor)
        precondition(
            rows.allSatisfy { $0.layout.shape == rows[0].layout.shape },
            "The rows of a tensor literal have different shapes: \(rows.map(\.shape)).")
        tensor = rows.isEmpty ? Tensor([Float]()) : stacked(rows)
    }
}

// MARK: - Random

extension Tensor {
    /// Numbers drawn evenly from a range.
    public static func uniform(
        _ shape: [Int], in range: Range<Float> = 0..<1,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        let width = range.upperBound - range.lowerBound
        // Rounding may reach the upper bound, which is not part of the range.
        let largest = range.upperBound.nextDown
        return make(checked(shape)) { pointer in
            for index in 0..<shape.reduce(1, *) {
                pointer[index] = Swift.min(
                    range.lowerBound + width * generator.nextUniform(), largest)
            }
        }
    }

    /// Numbers drawn from a normal distribution.
    public static func normal(
        _ shape: [Int], mean: Float = 0, standardDeviation: Float = 1,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        make(checked(shape)) { pointer in
            let count = shape.reduce(1, *)
            var index = 0
            while index < count {
                let (first, second) = generator.nextNormalPair()
                pointer[index] = mean + standardDeviation * first
                if index + 1 < count { pointer[index + 1] = mean + standardDeviation * second }
                index += 2
            }
        }
    }
}
