import CMiniKernels
import COpenBLAS

/// How fast this machine multiplies large matrices, in billions of floating-point operations per second.
public struct Peak: Sendable, Equatable {
    /// By the library's own kernels, on the vector units.
    public let own: Double
    /// By `cblas_sgemm` of the installed BLAS, on one of its threads for each thread of the library.
    public let blas: Double

    /// The faster of the two: the ceiling of training in 32-bit floats. Matrix units can be faster than
    /// that.
    public var fastest: Double { max(own, blas) }

    /// Figures that were measured elsewhere.
    public init(own: Double, blas: Double) {
        self.own = own
        self.blas = blas
    }
}

extension Compute {
    /// How fast this machine multiplies large matrices with all the threads in use, by the library's own
    /// kernels and by BLAS.
    ///
    /// Takes about a quarter of a second: the best of several products of 1,024 × 1,024 × 512 a thread for
    /// each, in turn.
    public static func measurePeaks() -> Peak {
        let threads = Compute.usableThreads
        let (rows, columns, inner) = (1_024, 1_024, 512)
        let a = Tensor.ones([threads * rows, inner])
        let b = Tensor.ones([inner, columns])
        let c = Tensor.zeros([threads * rows, columns])
        let operations = 2 * Double(threads * rows * columns * inner)
        let packed = PackedProducts(tuning: Tuning.Products())
        func gigaflops(_ multiply: (Product) -> Void) -> Double {
            let time = ContinuousClock().measure {
                WorkerPool.shared.run(threads) { thread in
                    multiply(
                        Product(
                            rows: rows, columns: columns, inner: inner,
                            a: a.rows(of: inner, from: thread * rows).matrix,
                            b: b.rows(of: columns).matrix,
                            c: c.pointer + thread * rows * columns, stride: columns))
                }
            }
            return operations / (time / .seconds(1)) / 1e9
        }
        return withExtendedLifetime((a, b, c)) {
            var (own, blas) = (0.0, 0.0)
            for _ in 0..<10 {
                own = max(own, gigaflops { packed.multiply($0, on: nil) })
                blas = max(blas, gigaflops(BLASProducts.multiply))
            }
            return Peak(own: own, blas: blas)
        }
    }

    /// The faster of `measurePeaks()`: what shares of the peak refer to.
    public static func measurePeak() -> Double { measurePeaks().fastest }

    /// The kernels that OpenBLAS has chosen: "Zen", "SkylakeX".
    public static var blasKernels: String {
        openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }

    /// What OpenBLAS says of itself: version, options, and the kernels chosen for this processor.
    public static var blasDescription: String {
        openblas_get_config().map { String(cString: $0) } ?? "BLAS"
    }
}
