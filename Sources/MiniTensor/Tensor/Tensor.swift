/// An array of 32-bit floats with up to six axes.
///
///     let x: Tensor = [[1, 2, 3], [4, 5, 6]]
///     x.shape                 // [2, 3]
///     x.T                     // a view, shape [3, 2]: nothing is copied
///     (x * 2).sum(axis: -1)   // [12, 30]
///
/// A tensor is a value. Views (slices, transposes, broadcasts) share memory with the tensor they
/// come from; writing to one copies first if anybody else could see it. A tensor can be sent to any
/// task, and any number of tasks may read it at once.
///
/// Inside `valueAndGradients(of:)` or `gradient(at:)` a tensor also knows its place on the tape.
public struct Tensor: Sendable {
    package var storage: Storage
    var layout: Layout
    private var place: Variable?
    /// Where this tensor was recorded, while something is being differentiated. After that it is a
    /// constant.
    var variable: Variable? {
        get { place.flatMap { $0.tape.isOpen ? $0 : nil } }
        set { place = newValue }
    }

    init(storage: Storage, layout: Layout) {
        if let reach = layout.reach {
            precondition(
                reach.lowerBound >= 0 && reach.upperBound < storage.count,
                "A view of shape \(layout.shape) with strides \(layout.strides) reaches outside its storage."
            )
        }
        self.storage = storage
        self.layout = layout
    }

    /// A new row-major tensor whose elements the caller must write before anybody sees it.
    ///
    /// - Parameter stays: whether other tensors will come and go while this one is there.
    init(uninitialized shape: Extents, stays: Bool = false) {
        storage = Storage(count: shape.product, stays: stays)
        layout = Layout(contiguous: shape)
    }

    /// The same storage seen through another layout, off the tape.
    func view(_ layout: Layout) -> Tensor {
        Tensor(storage: storage, layout: layout)
    }
}

// MARK: - Shape

extension Tensor {
    /// The length of each axis.
    public var shape: [Int] { Array(layout.shape) }

    /// How far apart in memory, in elements, neighbours along each axis are.
    public var strides: [Int] { Array(layout.strides) }

    /// The number of axes.
    public var rank: Int { layout.rank }

    /// The most axes that a tensor can have.
    public static var maximumRank: Int { Extents.maximumCount }

    /// The number of elements.
    public var count: Int { layout.count }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { layout.isContiguous }

    /// The length of one axis; −1 is the last.
    public func dim(_ axis: Int) -> Int { layout.shape[layout.shape.axis(axis)] }

    /// The shape of a tensor of two axes, to take apart: `let (rows, columns) = x.shape2`.
    public var shape2: (Int, Int) {
        requireRank(2)
        return (layout.shape[0], layout.shape[1])
    }

    /// The shape of a tensor of three axes: `let (batch, time, width) = x.shape3`.
    public var shape3: (Int, Int, Int) {
        requireRank(3)
        return (layout.shape[0], layout.shape[1], layout.shape[2])
    }

    /// The shape of a tensor of four axes: `let (batch, heads, time, width) = x.shape4`.
    public var shape4: (Int, Int, Int, Int) {
        requireRank(4)
        return (layout.shape[0], layout.shape[1], layout.shape[2], layout.shape[3])
    }

    private func requireRank(_ expected: Int) {
        precondition(
            rank == expected, "Expected a tensor of \(expected) axes, but its shape is \(shape).")
    }
}

// MARK: - Reading and writing elements

extension Tensor {
    /// The elements in row-major order, whatever the strides.
    public var scalars: [Float] {
        withUnsafeScalars { Array($0) }
    }

    /// The only element of a tensor with one element.
    public func item() -> Float {
        precondition(
            count == 1, "item() needs a tensor with one element, but the shape is \(shape).")
        return reading { $0[0] }
    }

    /// Calls `body` with the elements in row-major order; copies them first only if they do not
    /// lie so.
    public func withUnsafeScalars<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let source = contiguous()
        return try source.reading { (start) throws(Failure) in
            try body(UnsafeBufferPointer(start: start, count: source.count))
        }
    }

    /// Calls `body` with the elements in row-major order, to be changed in place. Copies first if
    /// they do not lie so or if another tensor shares the memory.
    public mutating func withUnsafeMutableScalars<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        requireConstant()
        makeUniqueAndContiguous()
        let count = count
        return try writing { (start) throws(Failure) in
            try body(UnsafeMutableBufferPointer(start: start, count: count))
        }
    }

    /// The first element. Reading only, unless the storage is not yet published.
    package var pointer: UnsafeMutablePointer<Float> { storage.pointer + layout.offset }

    /// Leaves this tensor as the only user of its row-major storage.
    package mutating func makeUniqueAndContiguous() {
        variable = nil
        if !isKnownUniquelyReferenced(&storage) || !layout.isContiguous { self = copied() }
    }

    /// The same values in row-major order; itself if they lie so already.
    package func contiguous() -> Tensor {
        if layout.isContiguous {
            var result = self
            result.variable = nil
            return result
        }
        return copied()
    }

    /// The same values in new row-major memory.
    func copied() -> Tensor {
        make(layout.shape) { copy(self, to: $0) }
    }
}

/// A row-major tensor of the given shape whose elements `body` writes.
func make(_ shape: Extents, _ body: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    var result = Tensor(uninitialized: shape)
    result.writing(body)
    return result
}

// MARK: - Equality

extension Tensor {
    /// Unavailable: tensors are compared element by element.
    @available(
        *, unavailable,
        message: "Write a .== b for the element-wise comparison, or a.scalars == b.scalars."
    )
    public static func == (a: Tensor, b: Tensor) -> Bool { fatalError() }

    /// Unavailable: tensors are compared element by element.
    @available(*, unavailable, message: "Write a .!= b for the element-wise comparison.")
    public static func != (a: Tensor, b: Tensor) -> Bool { fatalError() }
}
