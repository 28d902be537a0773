import CMiniKernels

extension Tensor {
    /// Σ weightᵢ·tensorᵢ of tensors of one shape, added in their order, in one pass over memory.
    package static func weightedSum(_ tensors: [Tensor], weights: [Float]) -> Tensor {
        let sources = tensors.map { $0.contiguous() }
        return make(sources[0].layout.shape) { output in
            forEachChunk(of: sources[0].count) { range in
                let (place, count) = (output + range.lowerBound, range.count)
                for (index, source) in sources.enumerated() {
                    source.reading {
                        kernels.scale_add(
                            weights[index], $0 + range.lowerBound, index == 0 ? 0 : 1, place, count)
                    }
                }
            }
        }
    }
}
