import CMiniKernels

/// Adds the elements of `source` to those of `target`, a tensor of the same shape and any layout
/// whose storage the caller owns alone.
func add(_ source: Tensor, into target: Tensor) {
    if target.layout.isContiguous, source.layout.isContiguous {
        let (input, output) = (source.pointer, target.pointer)
        forEachChunk(of: source.count) { range in
            let start = range.lowerBound
            kernels.scale_add(1, input + start, 1, output + start, range.count)
        }
        return
    }
    forEachRowPair(source, target) { input, inputStride, output, outputStride, count in
        if inputStride == 1, outputStride == 1 {
            kernels.scale_add(1, input, 1, output, count)
        } else if inputStride == 1 {
            kernels.scatter_add_strided(input, output, outputStride, count)
        } else {
            for index in 0..<count { output[index * outputStride] += input[index * inputStride] }
        }
    }
}
