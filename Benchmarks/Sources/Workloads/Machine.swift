import Foundation
import MiniGPT

/// What the figures were measured on.
public struct Machine: Sendable {
    /// The processor's name as the system gives it.
    public let processor: String
    /// The number of processors.
    public let cores: Int
    /// The load of the last minute: above the threads in use, the figures are those of a busy
    /// machine.
    public let load: Double

    /// This machine, now.
    public init() {
        processor = Self.processorName()
        cores = ProcessInfo.processInfo.activeProcessorCount
        var averages = [0.0]
        load = getloadavg(&averages, 1) == 1 ? averages[0] : .nan
    }

    /// One line for the head of a table.
    ///
    /// - Parameters:
    ///   - peak: GFLOP/s of the matrix product, as `Compute.measurePeak()` gave them.
    ///   - threads: the threads that the peak was measured with.
    public func description(peak: Double, threads: Int) -> String {
        let peaks = Compute.$threads.withValue(threads) { Compute.measurePeaks() }
        let environment = ProcessInfo.processInfo.environment
        var parts = [
            processor, "\(cores) cores", "kernels \(Compute.kernelName)",
            Compute.blasDescription.trimmingCharacters(in: .whitespaces),
            "OpenBLAS kernels \(Compute.blasKernels)", "products \(Compute.products.rawValue)",
            "peak \(Figures.short(peak)) GFLOP/s on \(threads) threads (own kernels \(Figures.short(peaks.own)), OpenBLAS \(Figures.short(peaks.blas)))",
        ]
        if let type = environment["OPENBLAS_CORETYPE"] { parts.append("OPENBLAS_CORETYPE=\(type)") }
        parts.append("load \(String(format: "%.2f", load))")
        return parts.joined(separator: " · ")
    }

    /// GFLOP/s of the matrix product on the threads in use: the best of several measurements, for
    /// what disturbs the machine can only make it look slower than it is.
    public static func measurePeak() -> Double {
        (0..<3).map { _ in Compute.measurePeak() }.max() ?? .nan
    }

    /// GB/s of copying memory far larger than the caches on the threads in use, bytes read and bytes
    /// written both counted: what an operation that touches each number once can hope for.
    public static func measureCopySpeed() -> Double {
        let threads = Compute.threads
        let share = 32 << 20
        let source = UnsafeMutableRawPointer.allocate(byteCount: threads * share, alignment: 64)
        let target = UnsafeMutableRawPointer.allocate(byteCount: threads * share, alignment: 64)
        defer {
            source.deallocate()
            target.deallocate()
        }
        source.initializeMemory(as: UInt8.self, repeating: 1, count: threads * share)
        target.initializeMemory(as: UInt8.self, repeating: 2, count: threads * share)
        let (from, to) = (UInt(bitPattern: source), UInt(bitPattern: target))
        let times = (0..<8).map { _ in
            Timing.secondsToRun {
                DispatchQueue.concurrentPerform(iterations: threads) { thread in
                    let start = UInt(thread * share)
                    guard let from = UnsafeRawPointer(bitPattern: from + start),
                        let to = UnsafeMutableRawPointer(bitPattern: to + start)
                    else { return }
                    to.copyMemory(from: from, byteCount: share)
                }
            }
        }
        return 2 * Double(threads * share) / Timing(times).shortest / 1e9
    }

    private static func processorName() -> String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        for line in information.split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).last.map {
                $0.trimmingCharacters(in: .whitespaces)
            } ?? "unknown processor"
        }
        return "unknown processor"
    }
}

/// What the system says about this process.
public struct ProcessUsage: Sendable {
    /// The most memory it ever held, in bytes.
    public let peakMemoryBytes: Int
    /// How many times the system had to supply or map a page, without reading a file.
    public let pageFaults: Int

    /// The usage so far.
    ///
    /// On Linux the peak is `VmHWM`. `ru_maxrss` would be wrong for a process that another one
    /// started: it begins with the peak of the program that called `exec`, be it `swift run` or a
    /// script that has loaded a larger library.
    public init() {
        var usage = rusage()
        #if os(Linux)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            peakMemoryBytes = Self.highWaterMark() ?? usage.ru_maxrss * 1_024
        #else
            getrusage(RUSAGE_SELF, &usage)
            peakMemoryBytes = usage.ru_maxrss
        #endif
        pageFaults = usage.ru_minflt
    }

    private static func highWaterMark() -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1_024 }
    }
}
