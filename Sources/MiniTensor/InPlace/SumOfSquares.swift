import CMiniKernels

/// Σ x² over all numbers of all tensors, in double precision; the same with any number of threads.
package func sumOfSquares(of tensors: [Tensor]) -> Double {
    let sources = tensors.map { $0.contiguous() }
    // Addresses, not tensors: to copy those, thousands of times, took longer than the sums.
    let starts = sources.map(\.pointer)
    let pieces = TensorPieces(counts: sources.map(\.count))
    let sums = [Double](unsafeUninitializedCapacity: pieces.count) { sums, initialized in
        let output = SendableBuffer(sums)
        withExtendedLifetime(sources) {
            pieces.forEach(grain: 4) { piece, index, range in
                output.buffer[piece] = kernels.sum_of_squares(
                    starts[index] + range.lowerBound, range.count)
            }
        }
        initialized = pieces.count
    }
    return sums.reduce(0, +)
}

/// Lets threads write to different places of one buffer.
private struct SendableBuffer: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<Double>
    init(_ buffer: UnsafeMutableBufferPointer<Double>) { self.buffer = buffer }
}
