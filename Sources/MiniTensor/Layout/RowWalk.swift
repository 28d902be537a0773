/// Walks several tensors of one shape row by row.
///
/// A row is the last axis, made as long as possible: neighbouring axes that lie one after the other
/// in all the tensors are merged first, so that contiguous tensors are a single row. Inside a row
/// each tensor has one stride; the vector kernels do the rest.
struct RowWalk {
    /// For each tensor, its layout after merging, without the last axis.
    private let outer: [Layout]

    /// Elements in a row.
    let width: Int
    /// Rows.
    let rows: Int
    /// For each tensor, the distance between neighbours in a row.
    let strides: [Int]

    /// - Precondition: all layouts have the same shape.
    init(_ layouts: [Layout]) {
        var shape = Extents()
        var strides = [Extents](repeating: [], count: layouts.count)
        for axis in 0..<layouts[0].rank where layouts[0].shape[axis] != 1 {
            let length = layouts[0].shape[axis]
            let last = shape.count - 1
            let canMerge =
                last >= 0
                && layouts.indices.allSatisfy {
                    strides[$0][last] == layouts[$0].strides[axis] * length
                }
            if canMerge {
                shape[last] *= length
                for index in layouts.indices { strides[index][last] = layouts[index].strides[axis] }
            } else {
                shape.append(length)
                for index in layouts.indices { strides[index].append(layouts[index].strides[axis]) }
            }
        }
        if shape.count == 0 {
            shape.append(1)
            for index in layouts.indices { strides[index].append(1) }
        }
        let last = shape.count - 1
        width = shape.remove(at: last)
        self.strides = strides.map { $0[last] }
        rows = shape.product
        outer = layouts.indices.map { index in
            strides[index].remove(at: last)
            return Layout(shape: shape, strides: strides[index], offset: layouts[index].offset)
        }
    }

    /// Where row number `row` of the tensor `index` starts in its storage.
    func start(of row: Int, in index: Int) -> Int { outer[index].place(of: row) }
}
