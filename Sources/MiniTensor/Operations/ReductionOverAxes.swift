// Reductions over several axes at once: these are moved to the end and joined, and the reduction over
// one axis does the rest, with its gradient. The result has the other axes in their order.

extension Tensor {
    /// Σ x over several axes. ∂/∂x = g, broadcast.
    public func sum(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.sum(axis: -1) }
    }

    /// The mean over several axes. ∂/∂x = g/n, broadcast.
    public func mean(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.mean(axis: -1) }
    }

    /// The variance over several axes; with `correction` 1 divided by n − 1.
    public func variance(axes: [Int], correction: Int = 0, keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.variance(axis: -1, correction: correction) }
    }

    /// The standard deviation over several axes; with `correction` 1 that of a sample.
    public func std(axes: [Int], correction: Int = 0, keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.std(axis: -1, correction: correction) }
    }

    /// The largest element over several axes. The gradient is shared evenly among equals.
    public func max(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.max(axis: -1) }
    }

    /// The smallest element over several axes. The gradient is shared evenly among equals.
    public func min(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.min(axis: -1) }
    }

    /// The product over several axes. ∂/∂xₖ = g·(product of the others).
    public func product(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.product(axis: -1) }
    }

    /// ln Σ eˣ over several axes, without overflow. ∂/∂x = g·softmax(x).
    public func logSumExp(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.logSumExp(axis: -1) }
    }

    /// The Euclidean norm over several axes; over two that of Frobenius.
    public func norm(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.norm(axis: -1) }
    }

    /// 1 where an element along the axes is not 0, else 0.
    public func any(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.any(axis: -1) }
    }

    /// 1 where no element along the axes is 0, else 0.
    public func all(axes: [Int], keepDims: Bool = false) -> Tensor {
        reduced(axes, keepDims) { $0.all(axis: -1) }
    }

    /// - Parameter reduction: reduces the last axis and drops it.
    private func reduced(
        _ axes: [Int], _ keepDims: Bool, _ reduction: (Tensor) -> Tensor
    ) -> Tensor {
        let gone = axes.map { layout.shape.axis($0) }.sorted()
        precondition(
            Set(gone).count == gone.count,
            "The axes \(axes) of a reduction name an axis twice; the shape is \(shape).")
        let others = (0..<rank).filter { !gone.contains($0) }
        let joined = permuted(Extents(others + gone))
            .reshaped(others.map { dim($0) } + [gone.reduce(1) { $0 * dim($1) }])
        let values = reduction(joined)
        guard keepDims else { return values }
        return values.reshaped((0..<rank).map { gone.contains($0) ? 1 : dim($0) })
    }
}
