import Foundation
import MiniGPT

/// What a training runs on.
public enum Machine {
    /// The processor's name, if the system tells.
    public static var processor: String? {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = lines.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    /// The libraries in use and how fast they can be at best.
    public static func description(peakGigaflops: Double) -> String {
        """
        BLAS: \(Compute.blasDescription)
        Kernels: \(Compute.kernelName), threads: \(Compute.threads), \
        matrix products reach \(Int(peakGigaflops.rounded())) GFLOP/s here
        """
    }
}
