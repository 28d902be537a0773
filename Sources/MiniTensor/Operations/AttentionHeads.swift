/// Where the heads of a `[batch, heads, time, width]` view lie; the width is contiguous.
struct Heads: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let batchStride: Int
    let headStride: Int
    let rowStride: Int

    func head(_ head: Int, batch: Int) -> UnsafeMutablePointer<Float> {
        pointer + batch * batchStride + head * headStride
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
