import ArgumentParser
import MiniGPT
import Workloads

/// A mask that has no other setting.
enum MaskChoice: String, ExpressibleByArgument {
    case causal, none

    var mask: AttentionMask { self == .causal ? .causal : .none }
}

/// Attention, forward and backward.
struct Attention: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Attention, forward and backward: a few sizes, or one of any size.",
        discussion: """
            Any of --batch, --heads, --context, --width gives one size; what is left out is the \
            course model's. Behind a causal mask only what is visible counts as work.
            """)

    @Option(help: "The number of sequences.")
    var batch: Int?

    @Option(help: "The number of heads.")
    var heads: Int?

    @Option(help: "The length of each sequence.")
    var context: Int?

    @Option(help: "The width of all heads together.")
    var width: Int?

    @Option(help: "Which keys a query may look at: causal or none.")
    var mask = MaskChoice.causal

    @Option(help: "About how long to measure each size.")
    var seconds = 1.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try checkSeconds(seconds)
        if let work = single {
            do { try work.validate() } catch { throw ValidationError(error.description) }
        }
    }

    private var single: AttentionWork? {
        guard batch != nil || heads != nil || context != nil || width != nil else { return nil }
        return AttentionWork(
            batch: batch ?? 32, heads: heads ?? 8, context: context ?? 128, width: width ?? 256,
            mask: mask.mask)
    }

    func run() throws {
        let works = single.map { [$0] } ?? Self.sizes(mask: mask.mask)
        let reports = common.withThreads { AttentionReport.measure(works, seconds: seconds) }
        if common.json {
            if single != nil, let report = reports.first {
                try printJSON(report)
            } else {
                try printJSON(reports)
            }
            return
        }
        common.printHeader(peak: reports.first?.peakGigaflops ?? .nan)
        print(AttentionReport.table(of: reports))
    }

    /// The character model, the course model, and GPT-2 with two contexts.
    static func sizes(mask: AttentionMask) -> [AttentionWork] {
        [
            AttentionWork(batch: 12, heads: 4, context: 64, width: 128, mask: mask),
            AttentionWork(batch: 32, heads: 8, context: 128, width: 256, mask: mask),
            AttentionWork(batch: 4, heads: 12, context: 256, width: 768, mask: mask),
            AttentionWork(batch: 1, heads: 12, context: 1_024, width: 768, mask: mask),
        ]
    }
}

/// What was measured of attention of one size.
struct AttentionReport: Encodable {
    let batch: Int
    let heads: Int
    let context: Int
    let width: Int
    let mask: String
    let threads: Int
    let forwardSeconds: Double
    let backwardSeconds: Double
    let forwardGigaflops: Double
    let backwardGigaflops: Double
    /// Forward and backward together.
    let gigaflops: Double
    private(set) var shareOfPeak: Double
    /// Tokens that pass forward and backward in a second.
    let tokensPerSecond: Double
    private(set) var peakGigaflops: Double

    static func measure(_ works: [AttentionWork], seconds: Double) -> [AttentionReport] {
        let before = Machine.measurePeak()
        let timings = works.map { $0.measure(seconds: seconds) }
        let peak = max(before, Machine.measurePeak())
        return zip(works, timings).map { AttentionReport($0, $1, peak: peak) }
    }

    private init(_ work: AttentionWork, _ timing: GradientTiming, peak: Double) {
        batch = work.batch
        heads = work.heads
        context = work.context
        width = work.width
        mask = "\(work.mask)"
        threads = Compute.threads
        forwardSeconds = timing.forward
        backwardSeconds = timing.backward
        forwardGigaflops = work.forwardOperations / timing.forward / 1e9
        backwardGigaflops = work.backwardOperations / timing.backward / 1e9
        let total = timing.forward + timing.backward
        gigaflops = (work.forwardOperations + work.backwardOperations) / total / 1e9
        shareOfPeak = gigaflops / peak
        tokensPerSecond = work.tokens / total
        peakGigaflops = peak
    }

    /// The same figures against another peak, if that is higher than the one measured here.
    func against(peak: Double) -> AttentionReport {
        var report = self
        report.peakGigaflops = max(peak, peakGigaflops)
        report.shareOfPeak = gigaflops / report.peakGigaflops
        return report
    }

    static func table(of reports: [AttentionReport]) -> Table {
        var table = Table(
            [
                "attention", "forward", "GFLOP/s", "backward", "GFLOP/s", "of peak", "tokens/s",
            ])
        for report in reports {
            table.add([
                "batch \(report.batch), \(report.heads) heads, context \(report.context), "
                    + "width \(report.width), \(report.mask)",
                Figures.time(report.forwardSeconds), Figures.short(report.forwardGigaflops),
                Figures.time(report.backwardSeconds), Figures.short(report.backwardGigaflops),
                Figures.percent(report.shareOfPeak), Figures.short(report.tokensPerSecond),
            ])
        }
        return table
    }
}
