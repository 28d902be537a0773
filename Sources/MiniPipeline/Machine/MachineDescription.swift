import MiniGPT

/// What something was computed on: the processor, the libraries, and how fast they are.
public struct MachineDescription: Sendable, Codable, Equatable {
    /// The processor's name, if the system tells.
    public var processor: String?
    /// The set of vector kernels in use: "avx512".
    public var kernels: String
    /// The name of the BLAS, its version and kernels.
    public var blas: String
    /// How many threads were used.
    public var threads: Int
    /// Billions of floating-point operations a second that large matrix products reach, if measured.
    public var peakGigaflops: Double?

    /// A machine as it was noted down.
    public init(
        processor: String?, kernels: String, blas: String, threads: Int,
        peakGigaflops: Double? = nil
    ) {
        self.processor = processor
        self.kernels = kernels
        self.blas = blas
        self.threads = threads
        self.peakGigaflops = peakGigaflops
    }

    /// This machine, as the library uses it now.
    public init(peakGigaflops: Double? = nil) {
        self.init(
            processor: Processor.current.name, kernels: Compute.kernelName,
            blas: Compute.blasDescription, threads: Compute.threads, peakGigaflops: peakGigaflops)
    }

    /// The libraries in use and how fast they can be at best, as lines for people.
    public var text: String {
        var text = "BLAS: \(blas)\nKernels: \(kernels), threads: \(threads)"
        if let peakGigaflops {
            text += ", matrix products reach \(Int(peakGigaflops.rounded())) GFLOP/s here"
        }
        return text
    }
}
