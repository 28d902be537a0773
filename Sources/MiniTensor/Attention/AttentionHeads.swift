/// Where the heads of a `[batch, heads, time, width]` view lie; the width is contiguous.
struct Heads: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let batchStride: Int
    let headStride: Int
    let rowStride: Int

    /// A head of queries.
    func head(_ place: HeadPlace) -> UnsafeMutablePointer<Float> {
        pointer + place.batch * batchStride + place.head * headStride
    }

    /// The head of keys or values that a head of queries reads.
    func keyValueHead(_ place: HeadPlace) -> UnsafeMutablePointer<Float> {
        pointer + place.batch * batchStride + place.keyValueHead * headStride
    }
}

/// One of the heads of all sequences.
struct HeadPlace {
    /// Its number among all heads of all sequences.
    let index: Int
    let batch: Int
    let head: Int
    /// The head of keys and values that it reads.
    let keyValueHead: Int
    /// Whether no other head read that one before.
    let isFirstOfGroup: Bool
}

/// In which order the heads of all sequences are computed, and which of them by one thread.
struct HeadOrder {
    let batch: Int
    let heads: Int
    /// Heads that read the same keys and values.
    let group: Int
    /// Neighbours in this order that one thread takes, because they add to the same numbers.
    let together: Int
    /// Whether the same group of all sequences comes before the next group.
    let putsSequencesInside: Bool

    /// One thread takes a group.
    init(batch: Int, heads: Int, keyValueHeads: Int) {
        (self.batch, self.heads, group) = (batch, heads, heads / keyValueHeads)
        together = group
        putsSequencesInside = false
    }

    /// One thread takes all heads that read the same part of a bias.
    init(batch: Int, heads: Int, keyValueHeads: Int, bias: AttentionBias) {
        (self.batch, self.heads, group) = (batch, heads, heads / keyValueHeads)
        putsSequencesInside = bias.batchStride == 0 && bias.headStride != 0
        let sequences = bias.batchStride == 0 ? batch : 1
        together = sequences * (bias.headStride == 0 ? heads : group)
    }

    func place(_ position: Int) -> HeadPlace {
        let (batch, head): (Int, Int)
        if putsSequencesInside {
            let (groups, inside) = position.quotientAndRemainder(dividingBy: self.batch * group)
            (batch, head) = (inside / group, groups * group + inside % group)
        } else {
            (batch, head) = position.quotientAndRemainder(dividingBy: heads)
        }
        return HeadPlace(
            index: batch * heads + head, batch: batch, head: head, keyValueHead: head / group,
            isFirstOfGroup: head % group == 0)
    }
}

/// Where the numbers lie that are added to scores, or their gradients; those of neighbouring keys side by
/// side. An axis along which they are the same has stride 0.
struct AttentionBias: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    let batchStride: Int
    let headStride: Int
    let rowStride: Int

    /// What is added to the scores of a query.
    func row(_ query: Int, of place: HeadPlace) -> UnsafeMutablePointer<Float> {
        pointer + place.batch * batchStride + place.head * headStride + query * rowStride
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

    /// Queries, keys and values of a contiguous `[batch, time, (heads + 2·keyValueHeads)·width]`.
    func packedHeads(_ heads: Int, keyValueHeads: Int) -> [Heads] {
        let (_, time, packed) = shape3
        let width = packed / (heads + 2 * keyValueHeads)
        return [0, heads, heads + keyValueHeads].map {
            Heads(
                pointer: pointer + $0 * width, batchStride: time * packed, headStride: width,
                rowStride: packed)
        }
    }

    /// Of a tensor `[batch or 1, heads or 1, queries or 1, keys]` whose last axis is contiguous.
    var attentionBias: AttentionBias {
        func stride(_ axis: Int) -> Int { layout.shape[axis] == 1 ? 0 : layout.strides[axis] }
        return AttentionBias(
            pointer: pointer, batchStride: stride(0), headStride: stride(1), rowStride: stride(2))
    }
}
