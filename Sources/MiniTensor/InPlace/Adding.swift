import CMiniKernels

/// Adds the elements of `source` to those at the places of a layout of the same shape, counted from
/// `start`.
func add(_ source: Tensor, into start: UnsafeMutablePointer<Float>, as layout: Layout) {
    if layout.isContiguous, source.layout.isContiguous {
        let output = start + layout.offset
        source.reading { input in
            forEachChunk(of: source.count) { range in
                let start = range.lowerBound
                kernels.scale_add(1, input + start, 1, output + start, range.count)
            }
        }
        return
    }
    forEachRowPair(source, start, layout) { input, inputStride, output, outputStride, count in
        if inputStride == 1, outputStride == 1 {
            kernels.scale_add(1, input, 1, output, count)
        } else if inputStride == 1 {
            kernels.scatter_add_strided(input, output, outputStride, count)
        } else {
            for index in 0..<count { output[index * outputStride] += input[index * inputStride] }
        }
    }
}
