import CMiniKernels

/// The vector kernels for this processor.
package let kernels: mini_kernels = mini_kernels_best().pointee

/// The matrix units of this processor, if it has some.
package let matrixUnits: mini_matrix_units? = mini_matrix_units_best()?.pointee

extension Compute {
    /// The instruction set of the kernels in use: "portable", "avx2", "avx512" or "neon"; "amx" for the
    /// vectors of "avx512" and products on matrix units.
    public static var kernelName: String { String(cString: matrixUnits?.name ?? kernels.name) }
}
