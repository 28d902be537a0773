// Whole numbers broadcast as floats do. Sums, differences and products that 32 bits do not hold stop
// the program, as Swift's own do.

extension IntTensor {
    /// a + b.
    public static func + (a: IntTensor, b: IntTensor) -> IntTensor {
        combine(a, b, "+") { $0 + $1 }
    }

    /// a − b.
    public static func - (a: IntTensor, b: IntTensor) -> IntTensor {
        combine(a, b, "-") { $0 - $1 }
    }

    /// a · b, element by element.
    public static func * (a: IntTensor, b: IntTensor) -> IntTensor {
        combine(a, b, "*") { $0 * $1 }
    }

    /// Adds a number to every element.
    public static func + (a: IntTensor, s: Int32) -> IntTensor { a + IntTensor(s) }

    /// Subtracts a number from every element.
    public static func - (a: IntTensor, s: Int32) -> IntTensor { a - IntTensor(s) }

    /// Multiplies every element by a number.
    public static func * (a: IntTensor, s: Int32) -> IntTensor { a * IntTensor(s) }

    /// 1 where the elements are equal, else 0.
    public static func .== (a: IntTensor, b: IntTensor) -> Tensor { mask(a, b, ".==", ==) }

    /// 1 where the elements differ, else 0.
    public static func .!= (a: IntTensor, b: IntTensor) -> Tensor { mask(a, b, ".!=", !=) }

    /// 1 where a < b, else 0.
    public static func .< (a: IntTensor, b: IntTensor) -> Tensor { mask(a, b, ".<", <) }

    /// 1 where a ≤ b, else 0.
    public static func .<= (a: IntTensor, b: IntTensor) -> Tensor { mask(a, b, ".<=", <=) }

    /// 1 where a > b, else 0.
    public static func .> (a: IntTensor, b: IntTensor) -> Tensor { b .< a }

    /// 1 where a ≥ b, else 0.
    public static func .>= (a: IntTensor, b: IntTensor) -> Tensor { b .<= a }

    /// 1 where the element equals the number, else 0.
    public static func .== (a: IntTensor, s: Int32) -> Tensor { a .== IntTensor(s) }

    /// 1 where the element differs from the number, else 0.
    public static func .!= (a: IntTensor, s: Int32) -> Tensor { a .!= IntTensor(s) }

    /// 1 at the place that each number names along a new last axis, else 0:
    /// `[…]` → `[…, classes]`.
    ///
    /// - Precondition: every number is in `0..<classes`.
    public func oneHot(classes: Int) -> Tensor {
        _ = positions(below: classes, "oneHot", countsFromEnd: false)
        return expandedDimensions(axis: -1) .== IntTensor(0..<classes)
    }

    /// The elements as positions along an axis of so many elements, in row-major order.
    ///
    /// - Precondition: they lie inside the axis; −1 is the last, if these count from the end.
    func positions(
        below length: Int, _ operation: StaticString, countsFromEnd: Bool = true
    ) -> [Int] {
        scalars.map { index in
            let lowest = countsFromEnd ? -length : 0
            precondition(
                index >= lowest && index < length,
                "\(operation): index \(index) is not a position in an axis of \(length) elements.")
            return index < 0 ? Int(index) + length : Int(index)
        }
    }
}

/// `f` of the elements of two tensors, broadcast against each other.
private func broadcastPairs<Value>(
    _ a: IntTensor, _ b: IntTensor, _ operation: StaticString, _ f: (Int32, Int32) -> Value
) -> (values: [Value], shape: [Int]) {
    guard let shape = Layout.broadcastShape(a.layout.shape, b.layout.shape) else {
        preconditionFailure(
            "\(operation): the shapes \(a.shape) and \(b.shape) do not broadcast; axes must be equal or 1, counted from the last."
        )
    }
    let extents = Array(shape)
    let pairs = zip(a.broadcast(to: extents).scalars, b.broadcast(to: extents).scalars)
    return (pairs.map(f), extents)
}

private func combine(
    _ a: IntTensor, _ b: IntTensor, _ operation: StaticString, _ f: (Int32, Int32) -> Int32
) -> IntTensor {
    let (values, shape) = broadcastPairs(a, b, operation, f)
    return IntTensor(values, shape: shape)
}

private func mask(
    _ a: IntTensor, _ b: IntTensor, _ operation: StaticString, _ holds: (Int32, Int32) -> Bool
) -> Tensor {
    let (values, shape) = broadcastPairs(a, b, operation) { holds($0, $1) ? Float(1) : 0 }
    return Tensor(values, shape: shape)
}
