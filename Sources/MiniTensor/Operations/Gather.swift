import CMiniKernels

extension Tensor {
    /// Rows of a table by token id, as an embedding needs them: `[vocabulary, width]` →
    /// `[batch, time, width]`.
    ///
    /// ∂/∂table: the gradient of each row is the sum of those of its uses.
    ///
    /// - Precondition: every id is a row of the table.
    public func rows(_ tokens: TokenBatch) -> Tensor {
        tokens.requireIds(below: shape2.0, "embedding")
        return rows(of: tokens.tokens, shape: [tokens.batch, tokens.time])
    }

    /// The elements at the given positions of an axis, in that order; positions may repeat, and −1 is
    /// the last. The axes of `positions` take the place of the axis: `[rows, width]` taken at
    /// `[batch, time]` along axis 0 is `[batch, time, width]` (PyTorch's `table[positions]`).
    ///
    /// ∂/∂x: g is added where it was taken from.
    ///
    /// - Precondition: every position lies inside the axis.
    public func take(_ positions: IntTensor, axis: Int = 0) -> Tensor {
        let places = positions.positions(below: dim(axis), "take").map { Int32($0) }
        let front = layout.shape.axis(axis)
        // The axis to the front; afterwards its places go back behind the axes before it.
        let others = (0..<rank).filter { $0 != front }
        let moved = permuted(Extents([front] + others))
        let width = moved.layout.shape.dropFirst().reduce(1, *)
        let taken = moved.reshaped([dim(axis), width]).rows(
            of: places, shape: Extents([places.count]))
        let flat = taken.reshaped([places.count] + others.map { dim($0) })
            .permuted(Extents(Array(1..<(front + 1)) + [0] + Array((front + 1)..<rank)))
        var shape = self.shape
        shape.replaceSubrange(front...front, with: positions.shape)
        return flat.reshaped(shape)
    }

    /// `take` of a list of positions.
    public func take(_ positions: [Int], axis: Int = 0) -> Tensor {
        take(IntTensor(positions.map { IntTensor.checked($0) }), axis: axis)
    }

    /// The rows of a matrix with these numbers, which are in range, as `shape` + `[width]`.
    private func rows(of ids: [Int32], shape: Extents) -> Tensor {
        let width = shape2.1
        let table = contiguous()
        let grain = Tuning.current.passes.rows(of: width)
        let y = make(Extents(shape + [width])) { output in
            table.reading { table in
                forEachChunk(of: ids.count, grain: grain) { range in
                    for index in range {
                        (output + index * width).update(
                            from: table + Int(ids[index]) * width, count: width)
                    }
                }
            }
        }
        let (input, whole) = (variable, layout.shape)
        return y.recorded(.takeRows, inputs: [self]) { gradient, gradients in
            gradients.update(input, shape: whole, from: gradient.contiguous()) { sum, gradient in
                // In order of use, on one thread: two uses may be of one row.
                for (index, id) in ids.enumerated() {
                    kernels.scale_add(
                        1, gradient + index * width, 1, sum + Int(id) * width, width)
                }
            }
        }
    }
}

// MARK: - Along an axis

extension Tensor {
    /// For every place of `indices`, the element of this tensor with that position along the axis
    /// (PyTorch's `gather`). `indices` has the shape of this tensor but for the axis; −1 is the last.
    ///
    /// ∂/∂x: g is added where it was taken from.
    ///
    /// - Precondition: the indices lie inside the axis.
    public func takeAlong(_ indices: IntTensor, axis: Int = -1) -> Tensor {
        alongLastAxis(axis, indices) { x, indices in
            let places = x.places(indices, "takeAlong")
            let y = x.contiguous().reading { source in
                make(indices.layout.shape) { output in
                    for (index, place) in places.enumerated() { output[index] = source[place] }
                }
            }
            let (input, shape) = (x.variable, x.layout.shape)
            return y.recorded(.takeAlong, inputs: [x]) { gradient, gradients in
                gradients.update(input, shape: shape, from: gradient.contiguous()) {
                    sum, gradient in
                    for (index, place) in places.enumerated() { sum[place] += gradient[index] }
                }
            }
        }
    }

    /// This tensor with the elements at the positions that `indices` names along an axis replaced by
    /// those of `values` (PyTorch's `scatter`); of several for one place the last counts.
    /// `indices` has the shape of this tensor but for the axis; `values` broadcasts to it.
    ///
    /// ∂/∂x = g, and 0 where it was replaced; ∂/∂values: g where the value was put.
    ///
    /// - Precondition: the indices lie inside the axis.
    public func putAlong(_ indices: IntTensor, values: Tensor, axis: Int = -1) -> Tensor {
        let values = values.expanded(to: indices.layout.shape)
        return alongLastAxis(axis, indices, values) { x, indices, values in
            let places = x.places(indices, "putAlong")
            // Which value each place has in the end.
            var winners: [Int: Int] = [:]
            for (index, place) in places.enumerated() { winners[place] = index }
            var y = x.copied()
            values.contiguous().reading { values in
                y.writing { for (place, index) in winners { $0[place] = values[index] } }
            }
            let shape = values.layout.shape
            return y.recorded(
                .putAlong, x,
                { [winners] gradient in
                    var rest = gradient.copied()
                    rest.writing { for place in winners.keys { $0[place] = 0 } }
                    return rest
                },
                values,
                { [winners] gradient in
                    var taken = Tensor.filled(with: 0, shape: shape)
                    gradient.contiguous().reading { gradient in
                        taken.writing {
                            for (place, index) in winners { $0[index] = gradient[place] }
                        }
                    }
                    return taken
                })
        }
    }

    /// This tensor with `values` added at the positions that `indices` names along an axis, several
    /// times where a position is named several times (PyTorch's `scatter_add`). `indices` has the
    /// shape of this tensor but for the axis; `values` broadcasts to it.
    ///
    /// ∂/∂x = g; ∂/∂values = g.takeAlong(indices).
    ///
    /// - Precondition: the indices lie inside the axis.
    public func addAlong(_ indices: IntTensor, values: Tensor, axis: Int = -1) -> Tensor {
        let values = values.expanded(to: indices.layout.shape)
        return alongLastAxis(axis, indices, values) { x, indices, values in
            let places = x.places(indices, "addAlong")
            var y = x.copied()
            values.contiguous().reading { values in
                y.writing {
                    for (index, place) in places.enumerated() { $0[place] += values[index] }
                }
            }
            return y.recorded(.addAlong, x, { $0 }, values, { $0.takeAlong(indices) })
        }
    }

    /// Calls `body` with the axis moved to the end, and moves it back in the result.
    private func alongLastAxis(
        _ axis: Int, _ indices: IntTensor, _ body: (Tensor, IntTensor) -> Tensor
    ) -> Tensor {
        let position = layout.shape.axis(axis)
        if position == rank - 1 { return body(self, indices) }
        return body(swappedAxes(position, -1), indices.swappedAxes(position, -1))
            .swappedAxes(position, -1)
    }

    private func alongLastAxis(
        _ axis: Int, _ indices: IntTensor, _ values: Tensor,
        _ body: (Tensor, IntTensor, Tensor) -> Tensor
    ) -> Tensor {
        let position = layout.shape.axis(axis)
        return alongLastAxis(axis, indices) {
            body($0, $1, position == rank - 1 ? values : values.swappedAxes(position, -1))
        }
    }

    /// The places, in row-major order, of the elements that `indices` names along the last axis.
    private func places(_ indices: IntTensor, _ operation: StaticString) -> [Int] {
        precondition(
            indices.rank == rank && indices.layout.shape.dropLast() == layout.shape.dropLast(),
            "\(operation): the indices have shape \(indices.shape), which differs from \(shape) in another axis than the one that is indexed."
        )
        let (width, taken) = (dim(-1), indices.dim(-1))
        return indices.positions(below: width, operation).enumerated().map { index, position in
            index / Swift.max(1, taken) * width + position
        }
    }
}
