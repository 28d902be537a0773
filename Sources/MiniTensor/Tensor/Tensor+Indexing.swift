/// One part of a subscript: a position, a range, or one of `.all`, `.ellipsis`, `.newAxis`,
/// `.stride(from:to:by:)`.
public struct TensorIndex: Sendable {
    enum Kind: Sendable {
        case position(Int)
        case range(start: Int?, end: Int?, step: Int)
        case ellipsis
        case newAxis
    }
    let kind: Kind
}

/// What can stand in the subscript of a tensor.
public protocol TensorIndexConvertible: Sendable {
    /// The part of the subscript this stands for.
    var tensorIndex: TensorIndex { get }
}

extension TensorIndex: TensorIndexConvertible {
    /// Itself.
    public var tensorIndex: TensorIndex { self }
}

extension TensorIndexConvertible where Self == TensorIndex {
    /// The whole of one axis.
    public static var all: TensorIndex { TensorIndex(kind: .range(start: nil, end: nil, step: 1)) }

    /// The whole of all axes that the other indices do not name.
    public static var ellipsis: TensorIndex { TensorIndex(kind: .ellipsis) }

    /// A new axis of extent 1.
    public static var newAxis: TensorIndex { TensorIndex(kind: .newAxis) }

    /// Every `step`-th element; a negative step goes backwards. Bounds may be negative, as in NumPy.
    public static func stride(from start: Int? = nil, to end: Int? = nil, by step: Int)
        -> TensorIndex
    {
        TensorIndex(kind: .range(start: start, end: end, step: step))
    }
}

extension Int: TensorIndexConvertible {
    /// One position, which drops the axis.
    public var tensorIndex: TensorIndex { TensorIndex(kind: .position(self)) }
}

extension Range<Int>: TensorIndexConvertible {
    /// A part of an axis. Swift itself stops at a range whose bounds are in the wrong order: for an end
    /// that counts from the last, such as `1..<(-1)`, write `.stride(from: 1, to: -1, by: 1)`.
    public var tensorIndex: TensorIndex {
        TensorIndex(kind: .range(start: lowerBound, end: upperBound, step: 1))
    }
}

extension ClosedRange<Int>: TensorIndexConvertible {
    /// A part of an axis.
    public var tensorIndex: TensorIndex {
        let end = upperBound == -1 ? nil : upperBound + 1
        return TensorIndex(kind: .range(start: lowerBound, end: end, step: 1))
    }
}

extension PartialRangeFrom<Int>: TensorIndexConvertible {
    /// The rest of an axis; `(-2)...` is the last two.
    public var tensorIndex: TensorIndex {
        TensorIndex(kind: .range(start: lowerBound, end: nil, step: 1))
    }
}

extension PartialRangeUpTo<Int>: TensorIndexConvertible {
    /// The start of an axis; `..<(-1)` is all but the last.
    public var tensorIndex: TensorIndex {
        TensorIndex(kind: .range(start: nil, end: upperBound, step: 1))
    }
}

extension PartialRangeThrough<Int>: TensorIndexConvertible {
    /// The start of an axis, with the bound.
    public var tensorIndex: TensorIndex {
        let end = upperBound == -1 ? nil : upperBound + 1
        return TensorIndex(kind: .range(start: nil, end: end, step: 1))
    }
}

extension Tensor {
    /// A part of the tensor: a view when read, a copy-on-write assignment when written.
    ///
    ///     x[1]                      // the second row
    ///     x[-1, 2...]               // negative positions count from the end
    ///     x[.ellipsis, ..<3]        // the first three of the last axis
    ///     x[.stride(by: -1)]        // backwards
    ///     x[.newAxis, 0..<2] = y    // y broadcasts to the part
    ///
    /// - Precondition: positions lie inside their axis. Bounds of ranges are clipped, as in NumPy.
    public subscript(indices: any TensorIndexConvertible...) -> Tensor {
        get {
            let selection = indices.map(\.tensorIndex)
            return viewed { $0.selecting(selection) }
        }
        set {
            requireConstant()
            newValue.requireConstant()
            makeUniqueAndContiguous()
            let part = layout.selecting(indices.map(\.tensorIndex))
            let source = newValue.detached().expanded(to: part.shape)
            writingStorage { copy(source, into: $0, as: part) }
        }
    }

    func slice(axis: Int, start: Int, step: Int, length: Int) -> Tensor {
        viewed { $0.sliced(axis: axis, start: start, step: step, length: length) }
    }

    /// A view of some of the elements, on the tape: its gradient is added to that part of the whole.
    func viewed(_ select: @escaping @Sendable (Layout) -> Layout) -> Tensor {
        let result = view(select(layout))
        guard let input = variable else { return result }
        let shape = layout.shape
        return result.recorded(.slice, inputs: [self]) { gradient, gradients in
            gradients.update(input, shape: shape) { whole in
                // The whole may itself begin inside its storage, as a part of a larger gradient.
                let part = select(whole.layout)
                whole.writingStorage { add(gradient, into: $0, as: part) }
            }
        }
    }
}

extension Layout {
    /// The part of this layout that a subscript names.
    func selecting(_ indices: [TensorIndex]) -> Layout {
        var named = 0
        var ellipses = 0
        for index in indices {
            switch index.kind {
            case .position, .range: named += 1
            case .ellipsis: ellipses += 1
            case .newAxis: break
            }
        }
        precondition(ellipses <= 1, "A subscript can hold one .ellipsis only.")
        precondition(
            named <= rank, "\(named) indices were given for a tensor of shape \(shape).")
        // Built from its axes one by one, so that only the result must have a rank that is allowed.
        var view = Layout(shape: [], strides: [], offset: offset)
        var axis = 0
        func append(_ length: Int, _ stride: Int) {
            view.shape.append(length)
            view.strides.append(stride)
        }
        func appendAll(until end: Int) {
            while axis < end {
                append(shape[axis], strides[axis])
                axis += 1
            }
        }
        for index in indices {
            switch index.kind {
            case .ellipsis:
                appendAll(until: axis + rank - named)
            case .newAxis:
                append(1, 0)
            case .position(let position):
                let length = shape[axis]
                precondition(
                    position >= -length && position < length,
                    "Index \(position) is outside an axis of \(length) elements; the shape is \(shape)."
                )
                view.offset += (position < 0 ? position + length : position) * strides[axis]
                axis += 1
            case .range(let start, let end, let step):
                let (first, length) = Layout.clip(
                    start: start, end: end, step: step, length: shape[axis])
                if length > 0 { view.offset += first * strides[axis] }
                append(length, strides[axis] * step)
                axis += 1
            }
        }
        appendAll(until: rank)
        return view
    }

    /// NumPy's rule for `start:end:step`: bounds count from the end if negative, and are clipped.
    private static func clip(
        start: Int?, end: Int?, step: Int, length: Int
    ) -> (start: Int, length: Int) {
        precondition(step != 0, "A stride of 0 selects nothing; use 1 or -1.")
        func resolve(_ bound: Int, low: Int, high: Int) -> Int {
            Swift.min(Swift.max(bound < 0 ? bound + length : bound, low), high)
        }
        if step > 0 {
            let first = start.map { resolve($0, low: 0, high: length) } ?? 0
            let last = end.map { resolve($0, low: 0, high: length) } ?? length
            return (first, last > first ? (last - first + step - 1) / step : 0)
        }
        let first = start.map { resolve($0, low: -1, high: length - 1) } ?? length - 1
        let last = end.map { resolve($0, low: -1, high: length - 1) } ?? -1
        return (first, first > last ? (first - last - step - 1) / -step : 0)
    }
}
