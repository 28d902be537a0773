import COpenBLAS
import Foundation

extension Compute {
    /// How fast this machine multiplies large matrices with all the threads in use, in billions of
    /// floating-point operations per second: the ceiling of training in 32-bit floats.
    ///
    /// By `cblas_sgemm`, or by the library's own kernel where that is the faster one; on the vector
    /// units, so that matrix units can be faster than that. Takes about a tenth of a second: the best
    /// of several products of 1,024 × 1,024 × 512 a thread.
    public static func measurePeak() -> Double {
        let threads = Compute.threads
        let (rows, columns, inner) = (1_024, 1_024, 512)
        let a = Tensor.ones([threads * rows, inner])
        let b = Tensor.ones([inner, columns])
        let c = Tensor.zeros([threads * rows, columns])
        let operations = 2 * Double(threads * rows * columns * inner)
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<12 {
            let time = clock.measure {
                WorkerPool.shared.run(threads) { thread in
                    let left = BLAS.Matrix(
                        pointer: a.pointer + thread * rows * inner, stride: inner)
                    let right = BLAS.Matrix(pointer: b.pointer, stride: columns)
                    let result = c.pointer + thread * rows * columns
                    if PackedProduct.isFaster(rows: rows, columns: columns, inner: inner) {
                        PackedProduct.run(
                            rows: rows, columns: columns, inner: inner, left, right,
                            accumulates: false, into: result, stride: columns, on: nil)
                    } else {
                        BLAS.gemm(
                            rows: rows, columns: columns, inner: inner, left, right, into: result,
                            stride: columns)
                    }
                }
            }
            best = max(best, operations / (time / .seconds(1)) / 1e9)
        }
        return best
    }

    /// The kernels that OpenBLAS has chosen: "Zen", "SkylakeX".
    public static var blasKernels: String {
        openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }

    /// What OpenBLAS says of itself: version, options, and the kernels chosen for this processor.
    public static var blasDescription: String {
        openblas_get_config().map { String(cString: $0) } ?? "BLAS"
    }
}
