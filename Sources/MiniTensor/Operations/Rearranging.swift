// Elements at other places, more often, or among zeros. Most are compositions of views and joins, which
// bring their gradients.

extension Tensor {
    /// The elements along an axis in the opposite order: a view.
    public func flipped(axis: Int) -> Tensor {
        let position = layout.shape.axis(axis)
        let length = dim(axis)
        return slice(axis: position, start: Swift.max(0, length - 1), step: -1, length: length)
    }

    /// The elements moved along an axis by `shift` places; those that leave at the end come back at the
    /// start (PyTorch's `roll`). A negative shift moves towards the start.
    public func rolled(by shift: Int, axis: Int = -1) -> Tensor {
        let (position, length) = (layout.shape.axis(axis), dim(axis))
        guard length > 0 else { return self }
        let start = ((shift % length) + length) % length
        if start == 0 { return self }
        return concatenated(
            split(sizes: [length - start, start], axis: position).reversed(), axis: position)
    }

    /// Each element along an axis `count` times, one after the other: `[a, b]` → `[a, a, b, b]`
    /// (PyTorch's `repeat_interleave`).
    ///
    /// - Precondition: the tensor has at most five axes, and `count` is not negative.
    public func repeated(_ count: Int, axis: Int) -> Tensor {
        precondition(count >= 0, "repeated: the count must not be negative, but is \(count).")
        let position = layout.shape.axis(axis)
        var (stretched, joined) = (shape, shape)
        stretched.insert(count, at: position + 1)
        joined[position] *= count
        return expandedDimensions(axis: position + 1).broadcast(to: stretched).reshaped(joined)
    }

    /// The whole tensor so many times along each axis: `[a, b]` tiled `[2]` is `[a, b, a, b]`
    /// (PyTorch's `repeat` and `tile`). Axes are counted from the last; missing ones are added.
    public func tiled(_ repetitions: [Int]) -> Tensor {
        precondition(
            repetitions.allSatisfy { $0 >= 0 },
            "tiled: \(repetitions) has negative repetitions.")
        var result = self
        while result.rank < repetitions.count { result = result.expandedDimensions(axis: 0) }
        for (place, count) in repetitions.reversed().enumerated() where count != 1 {
            let axis = result.rank - 1 - place
            result =
                count == 0
                ? result.slice(axis: axis, start: 0, step: 1, length: 0)
                : concatenated(Array(repeating: result, count: count), axis: axis)
        }
        return result
    }

    /// The tensor with `value` around it: for each axis, so many places before and after it.
    ///
    ///     x.padded([(0, 0), (1, 2)])   // one column before and two after
    ///
    /// ∂/∂x = the part of g that belongs to x.
    ///
    /// - Precondition: there is a pair for each axis, and no number is negative.
    public func padded(_ widths: [(before: Int, after: Int)], value: Float = 0) -> Tensor {
        precondition(
            widths.count == rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
            "padded: \(widths) is not one pair of counts for each axis of shape \(shape).")
        let starts = widths.map(\.before)
        let lengths = shape
        var whole = layout.shape
        for (axis, width) in widths.enumerated() { whole[axis] += width.before + width.after }
        var result = Tensor.filled(with: value, shape: whole)
        let part = result.layout.part(from: starts, lengths: lengths)
        result.writingStorage { copy(self, into: $0, as: part) }
        return result.recorded(.pad, self) {
            $0.view($0.layout.part(from: starts, lengths: lengths))
        }
    }

    /// The same number of places with `value` before and after each axis.
    public func padded(_ width: Int, value: Float = 0) -> Tensor {
        padded(Array(repeating: (width, width), count: rank), value: value)
    }

    /// The elements `[…, i, i]` of the last two axes: a view `[…, min(rows, columns)]`. With an offset
    /// those of the diagonal so far to the right, or below if it is negative.
    public func diagonal(offset: Int = 0) -> Tensor {
        precondition(rank >= 2, "diagonal needs a matrix, but the shape is \(shape).")
        return viewed { $0.diagonal(offset: offset) }
    }
}

extension Layout {
    /// A box of these lengths that begins at these positions.
    fileprivate func part(from starts: [Int], lengths: [Int]) -> Layout {
        var part = self
        for axis in 0..<rank {
            part = part.sliced(axis: axis, start: starts[axis], step: 1, length: lengths[axis])
        }
        return part
    }

    fileprivate func diagonal(offset: Int) -> Layout {
        var result = self
        let columnStride = result.strides.remove(at: rank - 1)
        let columns = result.shape.remove(at: rank - 1)
        let rows = result.shape[result.rank - 1]
        let (down, right) = (Swift.max(0, -offset), Swift.max(0, offset))
        let length = Swift.max(0, Swift.min(rows - down, columns - right))
        let rowStride = result.strides[result.rank - 1]
        if length > 0 { result.offset += down * rowStride + right * columnStride }
        result.shape[result.rank - 1] = length
        result.strides[result.rank - 1] = rowStride + columnStride
        return result
    }
}

// MARK: - Triangles

/// The lower triangle of a matrix, or of every matrix in the last two axes, with zeros above the
/// diagonal `k`: 0 is the main one, −1 that below it.
public func tril(_ x: Tensor, k: Int = 0) -> Tensor {
    x.filled(where: aboveDiagonal(of: x, k, "tril"), with: 0)
}

/// The upper triangle of a matrix, or of every matrix in the last two axes, with zeros below the
/// diagonal `k`: 0 is the main one, 1 that above it.
public func triu(_ x: Tensor, k: Int = 0) -> Tensor {
    x.filled(where: 1 - aboveDiagonal(of: x, k - 1, "triu"), with: 0)
}

/// 1 above the diagonal `k` of a matrix, else 0.
private func aboveDiagonal(of x: Tensor, _ k: Int, _ operation: StaticString) -> Tensor {
    precondition(x.rank >= 2, "\(operation) needs a matrix, but the shape is \(x.shape).")
    let (rows, columns) = (x.dim(-2), x.dim(-1))
    return make([rows, columns]) { output in
        for row in 0..<rows {
            for column in 0..<columns { output[row * columns + column] = column - row > k ? 1 : 0 }
        }
    }
}

/// The products of all pairs of elements of two vectors: `[n]` and `[m]` → `[n, m]`.
///
/// - Precondition: both have one axis.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(
        a.rank == 1 && b.rank == 1,
        "outer needs two vectors, but the shapes are \(a.shape) and \(b.shape).")
    return a.expandedDimensions(axis: 1) * b
}
