/// The starts of the matrices (the last two axes) of a tensor, or of its elements when both have
/// extent 1, numbered in row-major order of the axes before them.
struct MatrixWalk {
    private let matrices: Layout
    /// The number of matrices in the batch.
    let count: Int

    init(_ layout: Layout) {
        var matrices = layout
        for _ in 0..<2 {
            matrices.shape.remove(at: matrices.rank - 1)
            matrices.strides.remove(at: matrices.strides.count - 1)
        }
        self.matrices = matrices
        count = matrices.count
    }

    /// Where matrix number `index` starts in the storage.
    func start(of index: Int) -> Int { matrices.place(of: index) }
}
