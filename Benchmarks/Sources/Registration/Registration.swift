import Benchmark
import MiniGPT
import Workloads

/// What one call of the measured function does.
public struct Work: Sendable {
    /// Floating-point operations; 0 if memory is what counts.
    public var operations: Double
    /// The least memory traffic: every input read and every output written once.
    public var bytes: Double
    /// Tokens processed; 0 if there are none to speak of.
    public var tokens: Double

    /// Work of these amounts; what is left out is not reported.
    public init(operations: Double = 0, bytes: Double = 0, tokens: Double = 0) {
        self.operations = operations
        self.bytes = bytes
        self.tokens = tokens
    }
}

extension BenchmarkMetric {
    /// The time of one call.
    public static let microseconds = custom(
        "µs", polarity: .prefersSmaller, useScalingFactor: false)
    /// Billions of floating-point operations in a second.
    public static let gigaflops = custom(
        "GFLOP/s", polarity: .prefersLarger, useScalingFactor: false)
    /// Memory traffic that the work needs at least, in a second.
    public static let gigabytes = custom("GB/s", polarity: .prefersLarger, useScalingFactor: false)
    /// Tokens in a second.
    public static let tokens = custom("tokens/s", polarity: .prefersLarger, useScalingFactor: false)
    /// GFLOP/s as a share of the matrix product's, measured in the same process.
    public static let shareOfPeak = custom(
        "% of peak", polarity: .prefersLarger, useScalingFactor: false)
    /// GB/s as a share of a plain copy's, measured in the same process.
    public static let shareOfCopy = custom(
        "% of copy speed", polarity: .prefersLarger, useScalingFactor: false)
    /// Pages that the system had to supply in one call.
    public static let pageFaults = custom(
        "page faults", polarity: .prefersSmaller, useScalingFactor: false)
}

extension Work {
    fileprivate var isBoundByMemory: Bool { bytes > 0 && operations == 0 }

    /// The figures that such work has.
    fileprivate var metrics: [BenchmarkMetric] {
        var metrics = [BenchmarkMetric.microseconds]
        if operations > 0 { metrics += [.gigaflops, .shareOfPeak] }
        if bytes > 0 { metrics.append(.gigabytes) }
        if isBoundByMemory { metrics.append(.shareOfCopy) }
        if tokens > 0 { metrics.append(.tokens) }
        return metrics
    }
}

/// Registers a benchmark that measures itself.
///
/// - Parameters:
///   - name: letters, digits, `-` and `_`: it becomes a part of the threshold's file name.
///   - work: what one call does.
///   - seconds: how long to measure.
///   - more: metrics of the plugin to report as well.
///   - prepare: makes the operands and gives a function that measures the seconds of one call.
///     Called only when this benchmark runs.
public func registerSampler(
    _ name: String, _ work: Work, seconds: Int = 1, more: [BenchmarkMetric] = [],
    prepare: @escaping () -> () -> Double
) {
    let metrics = work.metrics + more
    let gauge = Gauge(work, prepare)
    // A share may fall this much, in per cent of itself, before the check complains.
    let tolerance = BenchmarkThresholds(relative: [.p90: 25])
    let thresholds = [BenchmarkMetric.shareOfPeak, .shareOfCopy].filter(metrics.contains)
    let configuration = Benchmark.Configuration(
        metrics: metrics, units: Dictionary(uniqueKeysWithValues: metrics.map { ($0, .count) }),
        warmupIterations: 1, maxDuration: .seconds(seconds), maxIterations: 10_000,
        thresholds: Dictionary(uniqueKeysWithValues: thresholds.map { ($0, tolerance) }))
    Benchmark(name, configuration: configuration) { benchmark in
        gauge.run { benchmark.measurement($0, Int($1.rounded())) }
    }
}

/// Registers a function that is measured as a whole.
public func register(_ name: String, _ work: Work, calling prepare: @escaping () -> () -> Void) {
    registerSampler(name, work) { Timing.sampler(prepare()) }
}

/// Registers an operation, forward as `name-forward` and its derivative as `name-backward`.
///
/// - Parameter inputs: makes the tensors it is applied to and differentiated by.
public func register(
    _ name: String, forward: Work, backward: Work, inputs: @escaping () -> [Tensor],
    _ operation: @escaping ([Tensor]) -> Tensor
) {
    registerSampler("\(name)-forward", forward) {
        let inputs = inputs()
        return Timing.sampler { _ = operation(inputs) }
    }
    registerSampler("\(name)-backward", backward) {
        let sampler = GradientSampler(of: inputs(), operation)
        return { sampler.sample().backward }
    }
}

/// Takes the samples of one benchmark and works out its figures.
private final class Gauge {
    private let work: Work
    private let prepare: () -> () -> Double
    private var prepared: Prepared?

    private struct Prepared {
        let sample: () -> Double
        let peak: Double
        let copySpeed: Double
    }

    init(_ work: Work, _ prepare: @escaping () -> () -> Double) {
        self.work = work
        self.prepare = prepare
    }

    func run(_ report: (BenchmarkMetric, Double) -> Void) {
        // The first call is the warm-up, which the plugin does not count.
        let prepared = self.prepared ?? preparation()
        self.prepared = prepared
        let faults = ProcessUsage().pageFaults
        let seconds = prepared.sample()
        report(.pageFaults, Double(ProcessUsage().pageFaults - faults))
        report(.microseconds, seconds * 1e6)
        // Only what such work has: the command line may ask for any metric.
        let (gigaflops, gigabytes) = (work.operations / seconds / 1e9, work.bytes / seconds / 1e9)
        if work.operations > 0 {
            report(.gigaflops, gigaflops)
            report(.shareOfPeak, 100 * gigaflops / prepared.peak)
        }
        if work.bytes > 0 { report(.gigabytes, gigabytes) }
        if work.isBoundByMemory { report(.shareOfCopy, 100 * gigabytes / prepared.copySpeed) }
        if work.tokens > 0 { report(.tokens, work.tokens / seconds) }
    }

    private func preparation() -> Prepared {
        let sample = prepare()
        return Prepared(
            sample: sample, peak: work.operations > 0 ? Machine.measurePeak() : 1,
            copySpeed: work.isBoundByMemory ? Machine.measureCopySpeed() : 1)
    }
}
