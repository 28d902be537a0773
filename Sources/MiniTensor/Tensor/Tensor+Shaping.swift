// Other views of the same elements. Nothing is copied unless it says so.

extension Tensor {
    /// The same elements, in row-major order, under another shape. One extent may be −1: it is
    /// worked out. Copies only when strides cannot say it.
    ///
    /// - Precondition: the number of elements stays the same.
    public func reshaped(_ shape: [Int]) -> Tensor {
        reshaped(to: layout.resolving(shape))
    }

    /// `reshaped` with the extents as arguments: `x.reshaped(4, -1)`.
    public func reshaped(_ shape: Int...) -> Tensor { reshaped(shape) }

    func reshaped(to shape: Extents) -> Tensor {
        if shape == layout.shape { return self }
        let source =
            layout.reshaped(to: shape).map(view) ?? copied().view(Layout(contiguous: shape))
        let original = layout.shape
        return source.recorded(.reshape, self) { $0.reshaped(to: original) }
    }

    /// The axes in another order: `x.transposed(0, 2, 1, 3)`.
    public func transposed(_ axes: Int...) -> Tensor { permuted(Extents(axes)) }

    /// The axes in reverse order; for a matrix, its transpose.
    public func transposed() -> Tensor { permuted(Extents((0..<rank).reversed())) }

    // The name is NumPy's and MLX's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The transpose of a matrix, or of every matrix in the last two axes.
    public var T: Tensor { rank < 2 ? self : swappedAxes(-2, -1) }

    /// Two axes exchanged.
    public func swappedAxes(_ first: Int, _ second: Int) -> Tensor {
        var axes = Extents(0..<rank)
        axes.swapAt(layout.shape.axis(first), layout.shape.axis(second))
        return permuted(axes)
    }

    func permuted(_ requested: Extents) -> Tensor {
        let axes = Extents(requested.map { layout.shape.axis($0) })
        precondition(
            axes.count == rank && Set(axes).count == rank,
            "\(requested) does not name each of the \(rank) axes once.")
        var inverse = axes
        for (position, axis) in axes.enumerated() { inverse[axis] = position }
        return view(layout.permuted(axes)).recorded(.permute, self) { [inverse] in
            $0.permuted(inverse)
        }
    }

    /// A new axis of extent 1 before the given one; −1 adds it at the end.
    public func expandedDimensions(axis: Int) -> Tensor {
        let position = axis < 0 ? axis + rank + 1 : axis
        precondition(
            (0...rank).contains(position), "No axis \(axis) can be added to shape \(shape).")
        var target = layout.shape
        target.insert(1, at: position)
        return reshaped(to: target)
    }

    /// Drops an axis of extent 1.
    public func squeezed(axis: Int) -> Tensor {
        let position = layout.shape.axis(axis)
        precondition(
            layout.shape[position] == 1,
            "Axis \(axis) of shape \(shape) has more than one element and cannot be squeezed.")
        var target = layout.shape
        target.remove(at: position)
        return reshaped(to: target)
    }

    /// Joins the axes from `start` to `end`, both included, into one.
    public func flattened(start: Int = 0, end: Int = -1) -> Tensor {
        guard rank > 0 else { return reshaped([1]) }
        let (first, last) = (layout.shape.axis(start), layout.shape.axis(end))
        precondition(first <= last, "flattened needs start <= end, but got \(start) and \(end).")
        let shape = self.shape
        return reshaped(
            shape[..<first] + [shape[first...last].reduce(1, *)] + shape[(last + 1)...])
    }

    /// Splits one axis into several.
    public func unflattened(axis: Int, shape: [Int]) -> Tensor {
        let position = layout.shape.axis(axis)
        var target = self.shape
        target.replaceSubrange(position...position, with: shape)
        return reshaped(target)
    }

    /// Stretches axes of extent 1, and adds axes in front, with stride 0: a view.
    public func broadcast(to shape: [Int]) -> Tensor { expanded(to: Tensor.checked(shape)) }

    func expanded(to shape: Extents) -> Tensor {
        if shape == layout.shape { return self }
        guard let target = layout.broadcast(to: shape) else {
            preconditionFailure("Shape \(self.shape) does not broadcast to \(shape).")
        }
        let original = layout.shape
        return view(target).recorded(.broadcast, self) { $0.summed(to: original) }
    }

    /// Cuts an axis into equal parts: views.
    public func split(parts: Int, axis: Int = 0) -> [Tensor] {
        let position = layout.shape.axis(axis)
        let length = layout.shape[position]
        precondition(
            parts > 0 && length % parts == 0,
            "Axis \(axis) of shape \(shape) cannot be split into \(parts) equal parts.")
        let size = length / parts
        return (0..<parts).map { slice(axis: position, start: $0 * size, step: 1, length: size) }
    }

    /// Cuts an axis into parts of the given sizes: views.
    public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
        let position = layout.shape.axis(axis)
        precondition(
            sizes.reduce(0, +) == layout.shape[position] && sizes.allSatisfy { $0 >= 0 },
            "The sizes \(sizes) do not add up to axis \(axis) of shape \(shape).")
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return slice(axis: position, start: start, step: 1, length: size)
        }
    }
}

// MARK: - Joining (copies)

/// The tensors one after the other along an existing axis.
///
/// - Precondition: all other axes agree.
public func concatenated(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = tensors.first else {
        preconditionFailure("concatenated needs at least one tensor.")
    }
    let position = first.layout.shape.axis(axis)
    var shape = first.layout.shape
    shape[position] = 0
    for tensor in tensors {
        var others = tensor.layout.shape
        guard others.count == shape.count else {
            preconditionFailure("concatenated: ranks differ: \(tensors.map(\.shape)).")
        }
        let length = others[position]
        others[position] = shape[position]
        precondition(
            others == shape,
            "concatenated: the shapes \(tensors.map(\.shape)) differ in another axis than \(axis).")
        shape[position] += length
    }
    let lengths = tensors.map { $0.layout.shape[position] }
    let result = make(shape) { output in
        let pieces = Layout(contiguous: shape).pieces(along: position, lengths: lengths)
        for (piece, tensor) in zip(pieces, tensors) { copy(tensor, into: output, as: piece) }
    }
    let variables = tensors.map(\.variable)
    return result.recorded(.concatenate, inputs: tensors) { gradient, gradients in
        let pieces = gradient.layout.pieces(along: position, lengths: lengths)
        for (piece, variable) in zip(pieces, variables) {
            gradients.add(gradient.view(piece), to: variable)
        }
    }
}

extension Layout {
    /// The shape that a reshape asks for, with the extent that is −1 worked out.
    func resolving(_ shape: [Int]) -> Extents {
        var shape = shape
        if let hole = shape.firstIndex(of: -1) {
            shape[hole] = 1
            let known = Tensor.checked(shape).product
            precondition(
                known > 0 && count % known == 0,
                "A tensor of shape \(self.shape) has \(count) elements, which \(known) does not divide; -1 cannot be worked out."
            )
            shape[hole] = count / known
        }
        let extents = Tensor.checked(shape)
        precondition(
            extents.product == count,
            "A tensor of shape \(self.shape) has \(count) elements and cannot be reshaped to \(shape), which has \(extents.product)."
        )
        return extents
    }

    /// Neighbouring parts of these lengths along an axis.
    fileprivate func pieces(along axis: Int, lengths: [Int]) -> [Layout] {
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return sliced(axis: axis, start: start, step: 1, length: length)
        }
    }
}

/// The tensors, all of one shape, side by side along a new axis.
public func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    precondition(!tensors.isEmpty, "stacked needs at least one tensor.")
    return concatenated(tensors.map { $0.expandedDimensions(axis: axis) }, axis: axis)
}
