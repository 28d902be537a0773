extension Tensor {
    /// The standard deviation: the root of `variance`; with `correction` 1 that of a sample, which is
    /// PyTorch's default.
    ///
    /// ∂/∂x = g·(x − mean)/((n − correction)·y), not defined where all elements are equal.
    public func std(axis: Int? = nil, correction: Int = 0, keepDims: Bool = false) -> Tensor {
        sqrt(variance(axis: axis, correction: correction, keepDims: keepDims))
    }

    /// The Euclidean norm √(Σ x²), or that of another order: (Σ |x|ᵖ)^(1/p); Σ |x| for 1, max |x| for
    /// infinity.
    ///
    /// Of order 2: ∂/∂x = g·x/y, and 0 where y is 0.
    ///
    /// - Precondition: the order is above 0.
    public func norm(axis: Int? = nil, order: Float = 2, keepDims: Bool = false) -> Tensor {
        precondition(order > 0, "norm: the order must be above 0, but is \(order).")
        if order == 1 { return abs(self).sum(axis: axis, keepDims: keepDims) }
        if order == .infinity { return abs(self).max(axis: axis, keepDims: keepDims) }
        if order != 2 {
            return pow(
                pow(abs(self), order).sum(axis: axis, keepDims: keepDims), 1 / order)
        }
        let x = detached()
        let values = sqrt(square(x).sum(axis: axis, keepDims: true))
        return finish(values, .norm, axis: axis, keepDims: keepDims) { _, gradient in
            (x * (gradient / values)).filled(where: values .== 0, with: 0)
        }
    }

    /// 1 if an element is not 0, else 0: of all elements, or along an axis. No gradient flows.
    public func any(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        (detached() .!= 0).sum(axis: axis, keepDims: keepDims) .> 0
    }

    /// 1 if no element is 0, else 0: of all elements, or along an axis. No gradient flows.
    public func all(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        (detached() .== 0).sum(axis: axis, keepDims: keepDims) .== 0
    }
}
