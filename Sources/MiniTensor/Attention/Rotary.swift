import CMiniKernels

/// Which two numbers of a head rotary positions turn together.
public enum RotaryPairing: String, Sendable, Codable, CaseIterable {
    /// Numbers i and half + i: every checkpoint of Hugging Face, and GPT-NeoX.
    case halfSplit
    /// Numbers 2i and 2i + 1: the paper, and Meta's own files of Llama.
    case interleaved
}

/// Rotary positions: turns pairs of numbers of queries or keys by angles that grow with the position.
///
/// Su et al. 2021, "RoFormer". With c and s the cosine and sine of a pair's angle, the pair (a, b)
/// becomes (a·c − b·s, b·c + a·s), so that a query and a key compare by the difference of their
/// positions. Its derivative turns the gradient back.
///
/// `RotaryEmbedding` computes the angles.
///
/// - Parameters:
///   - x: `[batch, heads, time, width]`.
///   - cosines: `[time, half]`, or `[batch, time, half]` where sequences have positions of their own;
///     a constant. The numbers of a head from 2·half on stay as they are.
///   - sines: of the same shape.
///   - pairing: which numbers make a pair.
/// - Returns: `[batch, heads, time, width]`, laid out so that swapping axes 1 and 2 is contiguous.
public func rotary(
    _ x: Tensor, cosines: Tensor, sines: Tensor, pairing: RotaryPairing = .halfSplit
) -> Tensor {
    rotary(x, cosines: cosines, sines: sines, pairing: pairing, heads: x.dim(1))
}

/// The same for the first heads only; the others are copied.
func rotary(
    _ x: Tensor, cosines: Tensor, sines: Tensor, pairing: RotaryPairing, heads: Int
) -> Tensor {
    let (batch, _, time, width) = x.shape4
    let half = cosines.dim(-1)
    precondition(
        cosines.shape == sines.shape && 2 * half <= width
            && (cosines.shape == [time, half] || cosines.shape == [batch, time, half]),
        "rotary: x has shape \(x.shape), so cosines and sines must have shape [\(time), half] or [\(batch), \(time), half] with at most \(width / 2) pairs, not \(cosines.shape) and \(sines.shape)."
    )
    precondition(
        !cosines.isRecorded && !sines.isRecorded,
        "rotary: cosines and sines are constants; gradients do not flow to them. Detach them.")
    let rotation = Rotation(
        cosines: cosines.contiguous(), sines: sines.contiguous(), half: half,
        isPerSequence: cosines.rank == 3, heads: heads,
        turn: pairing == .halfSplit ? kernels.rotate_halves : kernels.rotate_pairs)
    return rotation.applied(to: x, sign: 1).recorded(.rotary, x) {
        rotation.applied(to: $0, sign: -1)
    }
}

/// Rotary positions of the packed result of a linear layer: heads lie side by side in the last axis,
/// and the first of them, queries and keys, are turned.
///
/// - Parameters:
///   - packed: `[batch, time, heads·width]`; the result has the same shape.
///   - width: numbers of a head.
///   - heads: heads that are turned.
package func rotaryPacked(
    _ packed: Tensor, width: Int, heads: Int, cosines: Tensor, sines: Tensor,
    pairing: RotaryPairing
) -> Tensor {
    let all = packed.unflattened(axis: -1, shape: [packed.dim(-1) / width, width])
    return rotary(
        all.swappedAxes(1, 2), cosines: cosines, sines: sines, pairing: pairing, heads: heads
    ).swappedAxes(1, 2).flattened(start: 2)
}

/// The angles of all positions, and the kernel that turns by them.
private struct Rotation: Sendable {
    typealias Turn =
        @convention(c) (
            UnsafePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<Float>, Float,
            UnsafeMutablePointer<Float>, Int, Int, Int, Int
        ) -> Void

    let cosines: Tensor
    let sines: Tensor
    let half: Int
    /// Whether each sequence has angles of its own.
    let isPerSequence: Bool
    /// Heads that are turned.
    let heads: Int
    let turn: Turn

    /// A new tensor `[batch, heads, time, width]` whose memory is `[batch, time, heads, width]`.
    func applied(to x: Tensor, sign: Float) -> Tensor {
        let source = x.withAdjacentColumns()
        let (batch, allHeads, time, width) = source.shape4
        let result = Tensor(uninitialized: [batch, time, allHeads, width])
        let (from, to) = (source.heads, result.pointer)
        let grain = Tuning.current.passes.rows(of: allHeads * width)
        reading(cosines, sines) { cosines, sines in
            forEachChunk(of: batch * time, grain: grain) { range in
                for row in range {
                    let (sequence, position) = row.quotientAndRemainder(dividingBy: time)
                    let angles = (isPerSequence ? row : position) * half
                    let x =
                        from.pointer + sequence * from.batchStride + position * from.rowStride
                    let y = to + row * allHeads * width
                    turn(
                        x, from.headStride, cosines + angles, sines + angles, sign, y, width,
                        heads, half, width)
                    for head in heads..<allHeads {
                        kernels.scale_add(
                            1, x + head * from.headStride, 0, y + head * width, width)
                    }
                }
            }
        }
        withExtendedLifetime((source, result)) {}
        return result.swappedAxes(1, 2)
    }
}
