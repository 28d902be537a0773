import CMiniKernels

extension Tensor {
    /// Rows of a table by token id, as an embedding needs them: `[vocabulary, width]` →
    /// `[batch, time, width]`.
    ///
    /// ∂/∂table: the gradient of each row is the sum of those of its uses.
    ///
    /// - Precondition: every id is a row of the table.
    public func rows(_ tokens: TokenBatch) -> Tensor {
        let (vocabulary, width) = shape2
        tokens.requireIds(below: vocabulary, "embedding")
        let table = contiguous()
        let ids = tokens.tokens
        let grain = Tuning.current.passes.rows(of: width)
        let y = make([tokens.batch, tokens.time, width]) { output in
            table.reading { table in
                forEachChunk(of: ids.count, grain: grain) { range in
                    for index in range {
                        (output + index * width).update(
                            from: table + Int(ids[index]) * width, count: width)
                    }
                }
            }
        }
        let (input, shape) = (variable, layout.shape)
        return y.recorded(.takeRows, inputs: [self]) { gradient, gradients in
            gradients.update(input, shape: shape, from: gradient.contiguous()) { sum, gradient in
                // In order of use, on one thread: two uses may be of one row.
                for (index, id) in ids.enumerated() {
                    kernels.scale_add(
                        1, gradient + index * width, 1, sum + Int(id) * width, width)
                }
            }
        }
    }

    /// The elements at the given positions of an axis, in that order; positions may repeat.
    ///
    /// - Precondition: every position lies inside the axis.
    public func take(_ positions: [Int], axis: Int = 0) -> Tensor {
        let moved = swappedAxes(0, axis)
        let width = moved.count / Swift.max(1, moved.dim(0))
        let table = moved.reshaped([moved.dim(0), width])
        let ids = TokenBatch(positions.map { Int32(clamping: $0) })
        var shape = moved.shape
        shape[0] = positions.count
        return table.rows(ids).reshaped(shape).swappedAxes(0, axis)
    }

    /// For every place of `indices`, the element of this tensor with that position along the axis
    /// (PyTorch's `gather`). `indices` has the shape of this tensor but for the axis.
    ///
    /// ∂/∂x: g is added where it was taken from.
    ///
    /// - Precondition: the indices are whole numbers inside the axis. Floats hold these up to 2²⁴
    ///   (16,777,216) exactly.
    public func takeAlong(_ indices: Tensor, axis: Int = -1) -> Tensor {
        let position = layout.shape.axis(axis)
        if position != rank - 1 {
            return swappedAxes(position, -1).takeAlong(indices.swappedAxes(position, -1), axis: -1)
                .swappedAxes(position, -1)
        }
        precondition(
            indices.rank == rank && indices.layout.shape.dropLast() == layout.shape.dropLast(),
            "takeAlong: the indices have shape \(indices.shape), which differs from \(shape) in another axis than \(axis)."
        )
        let (width, taken) = (dim(-1), indices.dim(-1))
        let places = indices.scalars.enumerated().map { index, value -> Int in
            precondition(
                value >= 0 && value < Float(width) && value == value.rounded(),
                "takeAlong: index \(value) is not a position in an axis of \(width) elements.")
            return index / Swift.max(1, taken) * width + Int(value)
        }
        let y = contiguous().reading { source in
            make(indices.layout.shape) { output in
                for (index, place) in places.enumerated() { output[index] = source[place] }
            }
        }
        let (input, shape) = (variable, layout.shape)
        return y.recorded(.takeAlong, inputs: [self]) { gradient, gradients in
            gradients.update(input, shape: shape, from: gradient.contiguous()) { sum, gradient in
                for (index, place) in places.enumerated() { sum[place] += gradient[index] }
            }
        }
    }

    /// The `k` largest elements along the last axis, largest first, and their positions; equals in
    /// order of position. What is not a number counts as larger than any, as in `max`. Positions are
    /// floats, exact up to 2²⁴. The gradient goes where the values came from.
    public func topK(_ k: Int) -> (values: Tensor, indices: Tensor) {
        precondition(
            rank > 0 && k >= 0 && k <= dim(-1),
            "topK: \(k) elements were asked of an axis of \(rank > 0 ? dim(-1) : 0).")
        let (width, scalars) = (dim(-1), scalars)
        var shape = layout.shape
        shape[rank - 1] = k
        let indices = make(shape) { output in
            for row in 0..<(scalars.count / Swift.max(1, width)) {
                let values = scalars[row * width..<(row + 1) * width]
                let order = values.indices.sorted { first, second in
                    let (a, b) = (values[first], values[second])
                    if a.isNaN || b.isNaN { return a.isNaN && (!b.isNaN || first < second) }
                    return a != b ? a > b : first < second
                }
                for rank in 0..<k { output[row * k + rank] = Float(order[rank] - row * width) }
            }
        }
        return (takeAlong(indices, axis: -1), indices)
    }
}
