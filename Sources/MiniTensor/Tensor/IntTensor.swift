/// An array of whole numbers of 32 bits with up to six axes: labels, positions, indices, token ids.
///
///     let labels: IntTensor = [2, 0, 1]
///     let loss = crossEntropy(logits: logits, labels: labels)            // logits [3, classes]
///     let accuracy = (logits.argMax(axis: -1) .== labels).mean().item()
///
/// A value as `Tensor` is: views (slices, transposes, broadcasts) share memory, and whoever writes
/// copies first. Comparisons give masks: a `Tensor` of 1 where they hold and 0 where they do not.
public struct IntTensor: Sendable {
    /// All of the memory, which other views may share.
    private(set) var elements: [Int32]
    private(set) var layout: Layout

    init(elements: [Int32], layout: Layout) {
        (self.elements, self.layout) = (elements, layout)
    }

    /// The same memory seen through another layout.
    func view(_ layout: Layout) -> IntTensor { IntTensor(elements: elements, layout: layout) }

    /// Leaves the elements in row-major order, and nothing else.
    private mutating func makeContiguous() {
        guard !layout.isContiguous || layout.offset != 0 || elements.count != count else { return }
        self = IntTensor(elements: scalars, layout: Layout(contiguous: layout.shape))
    }
}

// MARK: - Creation

extension IntTensor {
    /// One number, without axes.
    public init(_ value: Int32) { self.init([value], shape: []) }

    /// Numbers along one axis.
    public init(_ scalars: [Int32]) { self.init(scalars, shape: [scalars.count]) }

    /// A tensor of the given shape from its elements in row-major order.
    ///
    /// - Precondition: `scalars` has as many elements as `shape` asks for.
    public init(_ scalars: [Int32], shape: [Int]) {
        let extents = Tensor.checked(shape)
        precondition(
            scalars.count == extents.product,
            "Shape \(shape) needs \(extents.product) elements, but \(scalars.count) were given.")
        self.init(elements: scalars, layout: Layout(contiguous: extents))
    }

    /// The whole numbers of a range, optionally in a shape: `IntTensor(0..<12, shape: [3, 4])`.
    ///
    /// - Precondition: 32 bits hold all of them.
    public init(_ range: Range<Int>, shape: [Int]? = nil) {
        self.init(range.map { IntTensor.checked($0) }, shape: shape ?? [range.count])
    }

    /// A tensor or array that holds the same number everywhere.
    public init(repeating value: Int32, shape: [Int]) {
        let extents = Tensor.checked(shape)
        self.init(
            elements: Array(repeating: value, count: extents.product),
            layout: Layout(contiguous: extents))
    }

    /// The numbers of a tensor of floats that are whole, in the same shape.
    ///
    /// - Precondition: they are whole, and 32 bits hold them; see `floor` and `round`.
    public init(_ tensor: Tensor) {
        let scalars = tensor.scalars.map { value in
            guard let whole = Int32(exactly: value) else {
                preconditionFailure(
                    "IntTensor: \(value) is not a whole number of 32 bits; use floor or round first."
                )
            }
            return whole
        }
        self.init(scalars, shape: tensor.shape)
    }

    /// The ids of a batch, `[batch, time]`.
    public init(_ tokens: TokenBatch) { self.init(tokens.tokens, shape: tokens.shape) }

    static func checked(_ value: Int) -> Int32 {
        guard let whole = Int32(exactly: value) else {
            preconditionFailure("IntTensor holds numbers of 32 bits; \(value) is none of them.")
        }
        return whole
    }
}

extension Tensor {
    /// The same numbers as floats, which are exact up to 2²⁴ (16,777,216).
    public init(_ integers: IntTensor) {
        self.init(integers.scalars.map(Float.init), shape: integers.shape)
    }
}

extension IntTensor: ExpressibleByArrayLiteral {
    /// Nested literals: `[[1, 2], [3, 4]]` has the shape `[2, 2]`.
    ///
    /// - Precondition: all rows at one depth have the same length.
    public init(arrayLiteral elements: IntTensorLiteral...) {
        self = IntTensorLiteral(elements).tensor
    }
}

/// A number or a list of them inside a literal of an integer tensor.
public struct IntTensorLiteral: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    fileprivate let tensor: IntTensor

    /// A number.
    public init(integerLiteral value: Int32) { tensor = IntTensor(value) }

    /// A list of numbers or lists.
    public init(arrayLiteral elements: IntTensorLiteral...) { self.init(elements) }

    fileprivate init(_ elements: [IntTensorLiteral]) {
        let rows = elements.map(\.tensor)
        precondition(
            rows.allSatisfy { $0.layout.shape == rows[0].layout.shape },
            "The rows of a tensor literal have different shapes: \(rows.map(\.shape)).")
        tensor = IntTensor(
            rows.flatMap(\.scalars), shape: [rows.count] + (rows.first?.shape ?? []))
    }
}

// MARK: - Shape and elements

extension IntTensor {
    /// The length of each axis.
    public var shape: [Int] { Array(layout.shape) }

    /// How far apart in memory, in elements, neighbours along each axis are.
    public var strides: [Int] { Array(layout.strides) }

    /// The number of axes.
    public var rank: Int { layout.rank }

    /// The number of elements.
    public var count: Int { layout.count }

    /// The length of one axis; −1 is the last.
    public func dim(_ axis: Int) -> Int { layout.shape[layout.shape.axis(axis)] }

    /// The elements in row-major order, whatever the strides.
    public var scalars: [Int32] {
        guard count > 0 else { return [] }
        if layout.isContiguous {
            let range = layout.offset..<layout.offset + count
            return range == elements.indices ? elements : Array(elements[range])
        }
        let walk = RowWalk([layout])
        var scalars: [Int32] = []
        scalars.reserveCapacity(count)
        for row in 0..<walk.rows {
            let start = walk.start(of: row, in: 0)
            for column in 0..<walk.width {
                scalars.append(elements[start + column * walk.strides[0]])
            }
        }
        return scalars
    }

    /// The only element of a tensor with one element.
    public func item() -> Int {
        precondition(
            count == 1, "item() needs a tensor with one element, but the shape is \(shape).")
        return Int(elements[layout.offset])
    }

    /// A part of the tensor, as a subscript of `Tensor` names it: a view when read, a copy-on-write
    /// assignment when written, to which the new values broadcast.
    ///
    ///     labels[..<3]
    ///     labels[0] = IntTensor(7)
    public subscript(indices: any TensorIndexConvertible...) -> IntTensor {
        get { view(layout.selecting(indices.map(\.tensorIndex))) }
        set {
            makeContiguous()
            let part = layout.selecting(indices.map(\.tensorIndex))
            for (number, value) in newValue.broadcast(to: Array(part.shape)).scalars.enumerated() {
                elements[part.place(of: number)] = value
            }
        }
    }
}

extension IntTensor: Equatable {
    /// Whether the shapes and all elements are the same.
    public static func == (a: IntTensor, b: IntTensor) -> Bool {
        a.layout.shape == b.layout.shape && a.scalars == b.scalars
    }
}

// MARK: - Views

extension IntTensor {
    /// The same elements, in row-major order, under another shape. One extent may be −1: it is
    /// worked out. Copies only when strides cannot say it.
    ///
    /// - Precondition: the number of elements stays the same.
    public func reshaped(_ shape: [Int]) -> IntTensor {
        let extents = layout.resolving(shape)
        if let layout = layout.reshaped(to: extents) { return view(layout) }
        return IntTensor(elements: scalars, layout: Layout(contiguous: extents))
    }

    /// `reshaped` with the extents as arguments: `x.reshaped(4, -1)`.
    public func reshaped(_ shape: Int...) -> IntTensor { reshaped(shape) }

    // The name is NumPy's and MLX's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The last two axes exchanged: the transpose of a matrix.
    public var T: IntTensor { rank < 2 ? self : swappedAxes(-2, -1) }

    /// Two axes exchanged.
    public func swappedAxes(_ first: Int, _ second: Int) -> IntTensor {
        var axes = Extents(0..<rank)
        axes.swapAt(layout.shape.axis(first), layout.shape.axis(second))
        return view(layout.permuted(axes))
    }

    /// A new axis of extent 1 before the given one; −1 adds it at the end.
    public func expandedDimensions(axis: Int) -> IntTensor {
        let position = axis < 0 ? axis + rank + 1 : axis
        precondition(
            (0...rank).contains(position), "No axis \(axis) can be added to shape \(shape).")
        var target = layout.shape
        target.insert(1, at: position)
        return reshaped(Array(target))
    }

    /// Stretches axes of extent 1, and adds axes in front, with stride 0: a view.
    public func broadcast(to shape: [Int]) -> IntTensor {
        guard let target = layout.broadcast(to: Tensor.checked(shape)) else {
            preconditionFailure("Shape \(self.shape) does not broadcast to \(shape).")
        }
        return view(target)
    }
}
