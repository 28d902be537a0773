/// Where the heads of a `[batch, heads, time, width]` view lie; the width is contiguous.
struct Heads: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let batchStride: Int
    let headStride: Int
    let rowStride: Int

    func head(_ place: HeadPlace) -> UnsafeMutablePointer<Float> {
        pointer + place.batch * batchStride + place.head * headStride
    }
}

/// One of the heads of all sequences.
struct HeadPlace {
    /// Its number among all heads of all sequences.
    let index: Int
    let batch: Int
    let head: Int

    init(_ index: Int, of heads: Int) {
        self.index = index
        (batch, head) = index.quotientAndRemainder(dividingBy: heads)
    }
}

extension Tensor {
    /// The tensor, copied if its last axis is not contiguous or its rows overlap.
    func withAdjacentColumns() -> Tensor {
        let isUsable = layout.strides[3] == 1 && layout.strides[2] >= layout.shape[3]
        return isUsable ? detached() : copied()
    }

    var heads: Heads {
        Heads(
            pointer: pointer, batchStride: layout.strides[0], headStride: layout.strides[1],
            rowStride: layout.strides[2])
    }

    /// Queries, keys and values of a contiguous `[batch, time, 3·width]`.
    func packedHeads(_ heads: Int) -> [Heads] {
        let (_, time, packed) = shape3
        let width = packed / 3
        return (0..<3).map {
            Heads(
                pointer: pointer + $0 * width, batchStride: time * packed,
                headStride: width / heads, rowStride: packed)
        }
    }
}
