import CMiniKernels

extension Tensor {
    /// self = alpha·x + beta·self, in place where nobody else has the memory.
    ///
    /// - Precondition: both have one shape, and nothing is being differentiated.
    package mutating func scaleAdd(_ alpha: Float, _ x: Tensor, beta: Float = 1) {
        precondition(
            layout.shape == x.layout.shape,
            "scaleAdd: the shapes \(shape) and \(x.shape) differ.")
        requireConstant()
        let source = x.contiguous()
        makeUniqueAndContiguous()
        let (input, output) = (source.pointer, pointer)
        withExtendedLifetime((source, storage)) {
            forEachChunk(of: source.count) { range in
                kernels.scale_add(
                    alpha, input + range.lowerBound, beta, output + range.lowerBound, range.count)
            }
        }
    }

    /// Σ weightᵢ·tensorᵢ of tensors of one shape, added in their order, in one pass over memory.
    ///
    /// - Precondition: there is a tensor, all have one shape, and each has a weight.
    package static func weightedSum(_ tensors: [Tensor], weights: [Float]) -> Tensor {
        precondition(
            !tensors.isEmpty && tensors.count == weights.count,
            "weightedSum needs a weight for each of some tensors, but there are \(tensors.count) tensors and \(weights.count) weights."
        )
        let shape = tensors[0].layout.shape
        for tensor in tensors {
            precondition(
                tensor.layout.shape == shape,
                "weightedSum: the shapes \(tensors[0].shape) and \(tensor.shape) differ.")
        }
        let sources = tensors.map { $0.contiguous() }
        return withExtendedLifetime(sources) {
            make(shape) { output in
                forEachChunk(of: sources[0].count) { range in
                    let (place, count) = (output + range.lowerBound, range.count)
                    for (index, source) in sources.enumerated() {
                        kernels.scale_add(
                            weights[index], source.pointer + range.lowerBound, index == 0 ? 0 : 1,
                            place, count)
                    }
                }
            }
        }
    }
}
