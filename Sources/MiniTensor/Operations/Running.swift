// Running sums and products along an axis, which is moved to the end for them.

extension Tensor {
    /// The running sum along an axis. ∂/∂x = the running sum of g from the end.
    public func cumulativeSum(axis: Int = -1) -> Tensor {
        runningSum(axis: axis).recorded(.cumulativeSum, self) {
            $0.runningSum(axis: axis, fromEnd: true)
        }
    }

    /// The running product along an axis (PyTorch's and MLX's `cumprod`).
    ///
    /// ∂/∂xₖ = x₁⋯xₖ₋₁ · sₖ with sₖ = gₖ + xₖ₊₁·sₖ₊₁, which divides by nothing and so holds for zeros.
    public func cumulativeProduct(axis: Int = -1) -> Tensor {
        let x = detached()
        return changingRows(along: axis) { $0.runProduct() }.recorded(.cumulativeProduct, self) {
            $0.changingRows(along: axis, with: x) { $0.runProductGradient(of: $1) }
        }
    }

    /// The product of all elements, or of those along an axis. ∂/∂xₖ = g·(product of the others).
    public func product(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        guard let axis else {
            let product = flattened().product(axis: 0)
            return keepDims ? product.reshaped(Array(repeating: 1, count: rank)) : product
        }
        let x = detached()
        let values = rowReduction(axis: axis) { row, count in
            (0..<count).reduce(1) { $0 * row[$1] }
        } combining: { _, _ in
            preconditionFailure("A product of all elements is one of a flattened tensor.")
        }
        return finish(values, .product, axis: axis, keepDims: keepDims) { shape, gradient in
            // Only the last of the running products has a gradient.
            let last = x.dim(axis) - 1
            guard last >= 0 else { return Tensor.filled(with: 0, shape: shape) }
            let upstream = concatenated(
                [
                    Tensor.filled(with: 0, shape: shape).slice(
                        axis: shape.axis(axis), start: 0, step: 1, length: last), gradient,
                ],
                axis: axis)
            return upstream.changingRows(along: axis, with: x) { $0.runProductGradient(of: $1) }
        }
    }

    /// The running sum along an axis from its start or its end, off the tape.
    private func runningSum(axis: Int, fromEnd: Bool = false) -> Tensor {
        changingRows(along: axis) { row in
            var sum: Float = 0
            for step in row.indices {
                let index = fromEnd ? row.count - 1 - step : step
                sum += row[index]
                row[index] = sum
            }
        }
    }

    /// A copy, off the tape, whose rows along an axis `body` has changed.
    private func changingRows(
        along axis: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        changingRows(along: axis, with: self) { row, _ in body(row) }
    }

    /// The same with the rows of another tensor of this shape beside them.
    private func changingRows(
        along axis: Int, with other: Tensor,
        _ body: (UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
    ) -> Tensor {
        let position = layout.shape.axis(axis)
        let moved = detached().swappedAxes(position, -1)
        let beside = other.detached().swappedAxes(position, -1)
        let width = moved.dim(-1)
        guard width > 0 else { return detached() }
        var result = moved.copied()
        let rows = result.count / width
        result.writing { start in
            beside.contiguous().reading { other in
                for row in 0..<rows {
                    body(
                        UnsafeMutableBufferPointer(start: start + row * width, count: width),
                        UnsafeBufferPointer(start: other + row * width, count: width))
                }
            }
        }
        return result.swappedAxes(position, -1)
    }
}

extension UnsafeMutableBufferPointer<Float> {
    fileprivate func runProduct() {
        var product: Float = 1
        for index in indices {
            product *= self[index]
            self[index] = product
        }
    }

    /// The gradient of the running product of `x`, where the gradient of its result was.
    fileprivate func runProductGradient(of x: UnsafeBufferPointer<Float>) {
        var sum: Float = 0
        for index in indices.reversed() {
            sum = self[index] + (index + 1 < count ? x[index + 1] * sum : 0)
            self[index] = sum
        }
        var product: Float = 1
        for index in indices {
            self[index] *= product
            product *= x[index]
        }
    }
}
