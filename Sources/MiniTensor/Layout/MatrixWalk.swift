/// The starts of the matrices (the last two axes) of a tensor, or of its elements when both have
/// extent 1, numbered in row-major order of the axes before them.
struct MatrixWalk {
    private let shape: Extents
    private let strides: Extents
    private let offset: Int
    /// How many matrices there are.
    let count: Int

    init(_ layout: Layout) {
        var (shape, strides) = (layout.shape, layout.strides)
        for _ in 0..<2 {
            shape.remove(at: shape.count - 1)
            strides.remove(at: strides.count - 1)
        }
        self.shape = shape
        self.strides = strides
        self.offset = layout.offset
        self.count = shape.product
    }

    /// Where matrix number `index` starts in the storage.
    func start(of index: Int) -> Int {
        var remaining = index
        var place = offset
        var axis = shape.count - 1
        while axis >= 0 {
            let (quotient, position) = remaining.quotientAndRemainder(dividingBy: shape[axis])
            place += position * strides[axis]
            remaining = quotient
            axis -= 1
        }
        return place
    }
}
