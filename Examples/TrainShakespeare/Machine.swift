import Foundation
import MiniGPT

/// What the training runs on.
enum Machine {
    /// The libraries in use and how fast they can be at best.
    static func description(peakGigaflops: Double) -> String {
        """
        BLAS: \(Compute.blasDescription)
        Kernels: \(Compute.kernelName), threads: \(Compute.threads), \
        matrix products reach \(Int(peakGigaflops.rounded())) GFLOP/s here
        """
    }

    /// A word to those whose environment holds OpenBLAS back.
    static var hint: String? {
        hint(
            coreType: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"],
            kernels: Compute.kernelName, blas: Compute.blasDescription)
    }

    static func hint(coreType: String?, kernels: String, blas: String) -> String? {
        guard let coreType, kernels == "avx512", blas.contains("Haswell") || blas.contains("Zen")
        else { return nil }
        return
            "Hint: OPENBLAS_CORETYPE is \(coreType), but this processor has AVX-512; unsetting it may be faster."
    }
}
