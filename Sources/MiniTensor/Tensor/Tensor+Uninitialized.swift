import CMiniKernels

// For code that fills tensors from elsewhere, such as files, without writing them twice.

extension Tensor {
    /// A new row-major tensor whose elements the caller must write, through `pointer`, before
    /// anybody else sees it.
    package init(uninitializedShape shape: [Int]) {
        self.init(uninitialized: Tensor.checked(shape))
    }
}

/// Writes the transpose of a block: `target[column · targetStride + row] = source[row · columns +
/// column]`.
package func transpose(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int,
    into target: UnsafeMutablePointer<Float>, stride targetStride: Int
) {
    kernels.transpose(source, columns, target, targetStride, rows, columns)
}
