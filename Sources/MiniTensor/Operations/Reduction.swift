import CMiniKernels

// Reductions over all elements (`axis` nil) or along one axis. The axis is moved to the end, so that
// a reduction is always one over contiguous rows; a sum over a leading axis adds rows instead. How a
// tensor lies in memory does not change the order of the additions, so not the bits of the result.

extension Tensor {
    /// Σ x. ∂/∂x = g, broadcast.
    public func sum(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        let values: Tensor
        if let axis, layout.shape.axis(axis) < rank - 1 {
            values = contiguous().leadingSum(axis: layout.shape.axis(axis))
        } else {
            values = rowReduction(axis: axis) {
                kernels.sum($0, $1)
            } combining: {
                kernels.sum($0, $1)
            }
        }
        return finish(values, .sum, axis: axis, keepDims: keepDims) { x, gradient in
            gradient.expanded(to: x)
        }
    }

    /// The mean. ∂/∂x = g/n, broadcast.
    public func mean(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        let length = Float(axis.map { dim($0) } ?? count)
        let values = detached().sum(axis: axis, keepDims: true) / length
        return finish(values, .mean, axis: axis, keepDims: keepDims) { x, gradient in
            (gradient / length).expanded(to: x)
        }
    }

    /// The variance: the mean squared distance from the mean; with `correction` 1 divided by n − 1.
    ///
    /// ∂/∂x = g·2(x − mean)/(n − correction).
    public func variance(axis: Int? = nil, correction: Int = 0, keepDims: Bool = false) -> Tensor {
        let length = Float((axis.map { dim($0) } ?? count) - correction)
        let x = detached()
        let distances = x - x.mean(axis: axis, keepDims: axis != nil)
        let values = square(distances).sum(axis: axis, keepDims: true) / length
        return finish(values, .variance, axis: axis, keepDims: keepDims) { _, gradient in
            distances * (gradient * (2 / length))
        }
    }

    /// The largest element. The gradient is shared evenly among equals.
    ///
    /// - Precondition: there is an element to look at.
    public func max(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        extreme(.max, axis: axis, keepDims: keepDims, kernels.max)
    }

    /// The smallest element. The gradient is shared evenly among equals.
    ///
    /// - Precondition: there is an element to look at.
    public func min(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        extreme(.min, axis: axis, keepDims: keepDims, kernels.min)
    }

    private func extreme(
        _ kind: OperationKind, axis: Int?, keepDims: Bool,
        _ kernel: @convention(c) (UnsafePointer<Float>, Int) -> Float
    ) -> Tensor {
        requireElements(axis: axis, "\(kind.rawValue)")
        let values = rowReduction(axis: axis) {
            kernel($0, $1)
        } combining: {
            kernel($0, $1)
        }
        let x = detached()
        return finish(values, kind, axis: axis, keepDims: keepDims) { _, gradient in
            let hits = x .== values
            return hits * (gradient / hits.sum(axis: axis, keepDims: true))
        }
    }

    /// ln Σ eˣ, without overflow. ∂/∂x = g·softmax(x).
    ///
    /// - Precondition: there is an element to look at.
    public func logSumExp(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
        requireElements(axis: axis, "logSumExp")
        let x = detached()
        let values = rowReduction(axis: axis) {
            kernels.log_sum_exp($0, $1)
        } combining: {
            kernels.log_sum_exp($0, $1)
        }
        return finish(values, .logSumExp, axis: axis, keepDims: keepDims) { _, gradient in
            exp(x - values) * gradient
        }
    }

    // MARK: Helpers

    func requireElements(axis: Int?, _ name: String) {
        precondition(
            (axis.map { dim($0) } ?? count) > 0,
            "\(name) of nothing is not defined; the shape is \(shape).")
    }

    /// The shape of a reduction's result.
    func reducedShape(axis: Int?, keepDims: Bool) -> Extents {
        guard let axis else { return keepDims ? Extents(repeating: 1, count: rank) : [] }
        let position = layout.shape.axis(axis)
        var shape = layout.shape
        if keepDims { shape[position] = 1 } else { shape.remove(at: position) }
        return shape
    }

    /// Puts a reduction whose `values` have kept their axes on the tape, and drops the axes if asked.
    func finish(
        _ values: Tensor, _ kind: OperationKind, axis: Int?, keepDims: Bool,
        _ derivative: @escaping @Sendable (_ x: Extents, _ gradient: Tensor) -> Tensor
    ) -> Tensor {
        let (x, kept) = (layout.shape, reducedShape(axis: axis, keepDims: true))
        return values.detached().reshaped(to: reducedShape(axis: axis, keepDims: keepDims))
            .recorded(kind, self) { derivative(x, $0.reshaped(to: kept)) }
    }

    /// Applies `row` to every row along `axis`; the result keeps the axis with extent 1. A reduction
    /// of everything is made in pieces of fixed size, whose results `combining` reduces.
    func rowReduction(
        axis: Int?, row: (UnsafePointer<Float>, Int) -> Float,
        combining: (UnsafePointer<Float>, Int) -> Float
    ) -> Tensor {
        guard let axis else {
            let source = contiguous()
            let piece = Tuning.current.passes.reducedElements
            let pieces = Swift.max(1, (count + piece - 1) / piece)
            let partial = make([pieces]) { output in
                source.reading { input in
                    forEachChunk(of: pieces, grain: 2) { range in
                        for index in range {
                            let start = index * piece
                            output[index] = row(input + start, Swift.min(piece, count - start))
                        }
                    }
                }
            }
            let result = partial.reading { combining($0, pieces) }
            return make(Extents(repeating: 1, count: rank)) { $0[0] = result }
        }
        let position = layout.shape.axis(axis)
        let width = layout.shape[position]
        let source = (position == rank - 1 ? self : swappedAxes(position, -1)).contiguous()
        var shape = source.layout.shape
        shape[rank - 1] = 1
        let passes = Tuning.current.passes
        let grain = passes.rows(of: width, elements: passes.rowElements)
        let values = make(shape) { output in
            source.reading { input in
                forEachChunk(of: shape.product, grain: grain) { range in
                    for index in range { output[index] = row(input + index * width, width) }
                }
            }
        }
        return position == rank - 1 ? values : values.swappedAxes(position, -1)
    }

    /// A sum over an axis that is not the last, of a contiguous tensor: whole rows are added, many of
    /// them block by block.
    private func leadingSum(axis: Int) -> Tensor {
        var shape = layout.shape
        let length = shape[axis]
        shape[axis] = 1
        let outer = Extents(shape[..<axis]).product
        let width = Extents(shape[axis...]).product
        let columns = Swift.max(16, Swift.min(width, Tuning.current.passes.rows(of: length)))
        let pieces = (width + columns - 1) / columns
        var result = Tensor.filled(with: 0, shape: shape)
        result.writing { output in
            reading { input in
                forEachChunk(of: outer * pieces, grain: 1) { range in
                    for index in range {
                        let (block, piece) = index.quotientAndRemainder(dividingBy: pieces)
                        let start = piece * columns
                        kernels.add_column_sums(
                            input + block * length * width + start, width,
                            output + block * width + start, length,
                            Swift.min(columns, width - start))
                    }
                }
            }
        }
        return result
    }

    /// Sums over the axes that a broadcast from `shape` stretched or added: the derivative of a
    /// broadcast.
    func summed(to shape: Extents) -> Tensor {
        if layout.shape == shape { return self }
        var result = self
        while result.rank > shape.count { result = result.sum(axis: 0) }
        for axis in 0..<shape.count where shape[axis] == 1 && result.layout.shape[axis] != 1 {
            result = result.sum(axis: axis, keepDims: true)
        }
        return result
    }
}
