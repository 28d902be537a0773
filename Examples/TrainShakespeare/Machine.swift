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
}
