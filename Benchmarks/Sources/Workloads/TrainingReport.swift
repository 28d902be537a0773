import Foundation
import MiniGPT

/// What was measured of training; all of it numbers.
public struct TrainingReport: Codable, Sendable {
    /// Tokens trained on in a second, by the median step.
    public var tokensPerSecond: Double
    /// The median step.
    public var secondsPerStep: Double
    /// The fastest step: on a machine that others use, too, it says most about the code.
    public var fastestSecondsPerStep: Double
    /// Model operations in a second, in billions; see `TrainingWork.operations`.
    public var gigaflops: Double
    /// `gigaflops` as a share of the matrix product's on as many threads.
    public var shareOfPeak: Double
    /// The most memory the process held up to the last step.
    public var peakMemoryBytes: Int
    /// Page faults in each measured step, on average.
    public var pageFaultsPerStep: Double
    /// The model's size.
    public var parameters: Int
    /// The measured steps.
    public var steps: Int
    /// The threads in use.
    public var threads: Int
    /// GFLOP/s of the matrix product on those threads.
    public var peakGigaflops: Double
    /// The loss of the last step: equal bits mean equal training.
    public var lastLoss: Float

    /// Trains a new model and measures its steps.
    ///
    /// The memory is read before the peak is measured, whose matrices would count otherwise.
    ///
    /// - Parameters:
    ///   - steps: how many steps to measure; at least 3 and as many as fit into `seconds` if `nil`.
    ///   - warmup: steps before them, which fill the buffer pool and the caches.
    public static func measure(
        _ work: TrainingWork, steps: Int?, warmup: Int, seconds: Double
    ) -> TrainingReport {
        var state = TrainingState(work)
        for _ in 0..<warmup { state.step() }
        var times: [Double] = []
        var loss: Float = 0
        times.reserveCapacity(steps ?? 10_000)
        let end = ProcessInfo.processInfo.systemUptime + seconds
        func isDone() -> Bool {
            if let steps { return times.count >= steps }
            return times.count >= 3 && ProcessInfo.processInfo.systemUptime >= end
        }
        let before = ProcessUsage()
        while !isDone() {
            times.append(Timing.secondsToRun { loss = state.step() })
        }
        let after = ProcessUsage()
        let peak = Machine.measurePeak()
        let median = Timing(times).median
        let gigaflops = work.operations / median / 1e9
        return TrainingReport(
            tokensPerSecond: Double(work.tokens) / median, secondsPerStep: median,
            fastestSecondsPerStep: times.min() ?? median,
            gigaflops: gigaflops, shareOfPeak: gigaflops / peak,
            peakMemoryBytes: after.peakMemoryBytes,
            pageFaultsPerStep: Double(after.pageFaults - before.pageFaults) / Double(times.count),
            parameters: work.configuration.parameterCount, steps: times.count,
            threads: Compute.threads, peakGigaflops: peak, lastLoss: loss)
    }

    /// The same figures against another peak, if that is higher than the one measured here.
    public func against(peak: Double) -> TrainingReport {
        var report = self
        report.peakGigaflops = max(peak, peakGigaflops)
        report.shareOfPeak = gigaflops / report.peakGigaflops
        return report
    }

    /// A row for each report.
    public static func table(of reports: [(name: String, report: TrainingReport)]) -> Table {
        var table = Table([
            "training", "parameters", "step", "tokens/s", "GFLOP/s", "of peak", "peak memory",
            "page faults/step",
        ])
        for (name, report) in reports {
            table.add([
                name, Figures.grouped(Double(report.parameters)),
                Figures.time(report.secondsPerStep), Figures.short(report.tokensPerSecond),
                Figures.short(report.gigaflops), Figures.percent(report.shareOfPeak),
                Figures.bytes(report.peakMemoryBytes), Figures.short(report.pageFaultsPerStep),
            ])
        }
        return table
    }
}
