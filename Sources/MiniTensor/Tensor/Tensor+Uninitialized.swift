import CMiniKernels

// For code that fills tensors from elsewhere, such as files, without writing them twice.

extension Tensor {
    /// A new row-major tensor whose elements the caller must write, through `pointer`, before
    /// anybody else sees it.
    package init(uninitializedShape shape: [Int]) {
        self.init(uninitialized: Tensor.checked(shape))
    }
}

/// Writes the transpose of a block of a row-major matrix:
/// `target[column · targetStride + row] = source[row · sourceStride + column]`.
package func transpose(
    _ source: UnsafePointer<Float>, stride sourceStride: Int, rows: Int, columns: Int,
    into target: UnsafeMutablePointer<Float>, stride targetStride: Int
) {
    kernels.transpose(source, sourceStride, target, targetStride, rows, columns)
}
