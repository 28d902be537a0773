import CMiniKernels

// The matrices of a model are packed for inference in any of the formats; norms, biases and positions
// always stay singles. A token costs as much time as it takes to read all weights once, so fewer bits
// are faster; what they do to the quality is for `loss(on:)` to say.

extension NumberFormat {
    /// The bytes of 16 rows of that length.
    func panelBytes(columns: Int) -> Int {
        let panel = Int(MINI_PANEL)
        // Two neighbours of a row stay together in bfloat16.
        let columns = self == .bfloat16 ? columns + columns % 2 : columns
        return panel * (columns / numbersPerBlock) * bytesPerBlock
    }
}

/// The kernels of inference for this processor.
let weightKernels: mini_weights = mini_weights_best().pointee
