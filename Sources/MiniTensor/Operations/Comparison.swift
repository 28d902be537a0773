import CMiniKernels

// Comparisons give 1 where they hold and 0 where they do not; no gradient flows through them.

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
    /// 1 where the elements are equal, else 0.
    public static func .== (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.equal, operation: ".==")
    }

    /// 1 where the elements differ, else 0.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.not_equal, operation: ".!=")
    }

    /// 1 where a < b, else 0.
    public static func .< (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.less, operation: ".<")
    }

    /// 1 where a ≤ b, else 0.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor {
        combine(a, b, kernels.less_equal, operation: ".<=")
    }

    /// 1 where a > b, else 0.
    public static func .> (a: Tensor, b: Tensor) -> Tensor { b .< a }

    /// 1 where a ≥ b, else 0.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { b .<= a }

    /// 1 where the element equals the number, else 0.
    public static func .== (a: Tensor, s: Float) -> Tensor { map(a, s, kernels.equal_scalar) }

    /// 1 where the element differs from the number, else 0.
    public static func .!= (a: Tensor, s: Float) -> Tensor { map(a, s, kernels.not_equal_scalar) }

    /// 1 where the element is less than the number, else 0.
    public static func .< (a: Tensor, s: Float) -> Tensor { map(a, s, kernels.less_scalar) }

    /// 1 where the element is at most the number, else 0.
    public static func .<= (a: Tensor, s: Float) -> Tensor { map(a, s, kernels.less_equal_scalar) }

    /// 1 where the element is greater than the number, else 0.
    public static func .> (a: Tensor, s: Float) -> Tensor { map(a, s, kernels.greater_scalar) }

    /// 1 where the element is at least the number, else 0.
    public static func .>= (a: Tensor, s: Float) -> Tensor {
        map(a, s, kernels.greater_equal_scalar)
    }
}

/// Chooses, element by element, `a` where the mask is not 0 and `b` where it is. All three broadcast.
///
/// ∂/∂a = g where the mask is not 0; ∂/∂b = g where it is.
public func `where`(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let pair = Layout.broadcastShape(a.layout.shape, b.layout.shape),
        let shape = Layout.broadcastShape(mask.layout.shape, pair)
    else {
        preconditionFailure(
            "where: the shapes \(mask.shape), \(a.shape) and \(b.shape) do not broadcast.")
    }
    let (m, x, y) = (
        mask.expanded(to: shape).contiguous(), a.expanded(to: shape).contiguous(),
        b.expanded(to: shape).contiguous()
    )
    let result = make(shape) { output in
        reading(m, x, y) { m, x, y in
            forEachChunk(of: shape.product) { range in
                let start = range.lowerBound
                kernels.select(m + start, x + start, y + start, output + start, range.count)
            }
        }
    }
    let zero = Tensor(0)
    return result.recorded(.select, a, { `where`(m, $0, zero) }, b, { `where`(m, zero, $0) })
}

extension Tensor {
    /// This tensor with `value` wherever the mask is not 0.
    public func filled(where mask: Tensor, with value: Float) -> Tensor {
        MiniTensor.where(mask, Tensor(value), self)
    }
}
