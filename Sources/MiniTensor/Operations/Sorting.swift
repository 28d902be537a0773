import CMiniKernels

// Where the largest, the smallest and all the others stand. What is not a number counts as larger than
// any number, as in NumPy and PyTorch; equals stay in order of position.

extension Tensor {
    /// The position of the largest element, the first of equals; along an axis or in row-major order.
    ///
    /// - Precondition: there is an element to look at.
    public func argMax(axis: Int? = nil, keepDims: Bool = false) -> IntTensor {
        requireElements(axis: axis, "argMax")
        guard let axis else {
            let position = withUnsafeScalars { scalars in
                scalars.baseAddress.map { kernels.arg_max($0, scalars.count) } ?? 0
            }
            let shape = Array(repeating: 1, count: keepDims ? rank : 0)
            return IntTensor(repeating: IntTensor.checked(position), shape: shape)
        }
        let position = layout.shape.axis(axis)
        let moved = detached().swappedAxes(position, -1)
        let width = moved.dim(-1)
        let rows = moved.contiguous()
        let positions = rows.reading { start in
            (0..<rows.count / width).map { Int32(kernels.arg_max(start + $0 * width, width)) }
        }
        let kept = IntTensor(positions, shape: moved.shape.dropLast() + [1])
            .swappedAxes(position, -1)
        return keepDims ? kept : kept.reshaped(Array(reducedShape(axis: axis, keepDims: false)))
    }

    /// The position of the smallest element, the first of equals; along an axis or in row-major order.
    ///
    /// - Precondition: there is an element to look at.
    public func argMin(axis: Int? = nil, keepDims: Bool = false) -> IntTensor {
        requireElements(axis: axis, "argMin")
        return (-detached()).argMax(axis: axis, keepDims: keepDims)
    }

    /// The positions that put the elements along an axis in order, smallest first.
    public func argSort(axis: Int = -1) -> IntTensor {
        ordering(axis: axis, keeping: dim(axis)) { values, first, second in
            let (a, b) = (values[first], values[second])
            if a.isNaN || b.isNaN { return b.isNaN && (!a.isNaN || first < second) }
            return a != b ? a < b : first < second
        }
    }

    /// The elements along an axis in order, smallest first. The gradient goes where the values came
    /// from.
    public func sorted(axis: Int = -1) -> Tensor {
        takeAlong(argSort(axis: axis), axis: axis)
    }

    /// The `k` largest elements along the last axis, largest first, and their positions. The gradient
    /// goes where the values came from.
    public func topK(_ k: Int) -> (values: Tensor, indices: IntTensor) {
        precondition(
            rank > 0 && k >= 0 && k <= dim(-1),
            "topK: \(k) elements were asked of an axis of \(rank > 0 ? dim(-1) : 0).")
        let indices = ordering(axis: -1, keeping: k) { values, first, second in
            let (a, b) = (values[first], values[second])
            if a.isNaN || b.isNaN { return a.isNaN && (!b.isNaN || first < second) }
            return a != b ? a > b : first < second
        }
        return (takeAlong(indices, axis: -1), indices)
    }

    /// For each row along an axis, the positions of the first `kept` in some order.
    private func ordering(
        axis: Int, keeping kept: Int,
        _ comesFirst: (ArraySlice<Float>, _ first: Int, _ second: Int) -> Bool
    ) -> IntTensor {
        let position = layout.shape.axis(axis)
        let moved = detached().swappedAxes(position, -1)
        let (width, scalars) = (moved.dim(-1), moved.scalars)
        var places: [Int32] = []
        for row in 0..<(scalars.count / Swift.max(1, width)) {
            let values = scalars[row * width..<(row + 1) * width]
            let order = values.indices.sorted { comesFirst(values, $0, $1) }
            places += order.prefix(kept).map { Int32($0 - row * width) }
        }
        return IntTensor(places, shape: moved.shape.dropLast() + [kept]).swappedAxes(position, -1)
    }
}
