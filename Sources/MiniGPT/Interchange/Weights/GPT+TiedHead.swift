import MiniNN
import MiniTensor

extension GPT {
    /// Makes the embedding the head, if the head has the same numbers, bit by bit.
    mutating func tieEqualHead() {
        guard let weight = head?.weight, weight.hasSameBits(as: tokenEmbedding.weight) else {
            return
        }
        var tied = configuration
        tied.tiesEmbeddings = true
        self = GPT(
            configuration: tied, tokenEmbedding: tokenEmbedding,
            positionEmbedding: positionEmbedding, blocks: blocks, finalNorm: finalNorm, head: nil)
    }
}

extension Tensor {
    /// Whether shape and every bit are the same.
    fileprivate func hasSameBits(as other: Tensor) -> Bool {
        guard shape == other.shape else { return false }
        return withUnsafeScalars { first in
            other.withUnsafeScalars { second in
                UnsafeRawBufferPointer(first).elementsEqual(UnsafeRawBufferPointer(second))
            }
        }
    }
}
