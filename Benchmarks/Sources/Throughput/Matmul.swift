import ArgumentParser
import MiniGPT
import Workloads

/// Products of matrices.
struct Matmul: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Products of matrices: the shapes of transformers, or one of any size.",
        discussion: "Give --rows, --columns and --inner together for one product.")

    @Option(help: "Rows of the result.")
    var rows: Int?

    @Option(help: "Columns of the result.")
    var columns: Int?

    @Option(help: "The length of each dot product.")
    var inner: Int?

    @Option(help: "How many such products one call makes.")
    var batch = 1

    @Flag(help: "The left matrix lies in memory as [inner, rows].")
    var transposeLeft = false

    @Flag(help: "The right matrix lies in memory as [columns, inner].")
    var transposeRight = false

    @Option(help: "About how long to measure each product.")
    var seconds = 0.3

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try checkSeconds(seconds)
        let given = [rows, columns, inner].compactMap { $0 }
        guard given.isEmpty || given.count == 3 else {
            throw ValidationError("Give --rows, --columns and --inner together, or none of them.")
        }
        if let work = single {
            do { try work.validate() } catch { throw ValidationError(error.description) }
        }
    }

    private var single: MatmulWork? {
        guard let rows, let columns, let inner else { return nil }
        return MatmulWork(
            "matmul", rows: rows, columns: columns, inner: inner, batch: batch,
            transposesLeft: transposeLeft, transposesRight: transposeRight)
    }

    func run() throws {
        let works = single.map { [$0] } ?? MatmulWork.transformerShapes
        let reports = common.withThreads { MatmulReport.measure(works, seconds: seconds) }
        if common.json {
            if single != nil, let report = reports.first {
                try printJSON(report)
            } else {
                try printJSON(reports)
            }
            return
        }
        common.printHeader(peak: reports.first?.peakGigaflops ?? .nan)
        print(MatmulReport.table(of: reports))
    }
}

/// What was measured of one product.
struct MatmulReport: Encodable {
    let name: String
    let size: String
    let rows: Int
    let columns: Int
    let inner: Int
    let batch: Int
    let threads: Int
    let secondsPerCall: Double
    let gigaflops: Double
    let gigabytesPerSecond: Double
    private(set) var shareOfPeak: Double
    private(set) var peakGigaflops: Double

    /// Measures products, and the peak before and after them; the better one counts, so that a
    /// disturbance of the one does not look like speed of the other.
    static func measure(_ works: [MatmulWork], seconds: Double) -> [MatmulReport] {
        let before = Machine.measurePeak()
        let times = works.map { Timing.measure(seconds: seconds, $0.prepared()).median }
        let peak = max(before, Machine.measurePeak())
        return zip(works, times).map { work, time in
            let gigaflops = work.operations / time / 1e9
            return MatmulReport(
                name: work.name, size: work.size, rows: work.rows, columns: work.columns,
                inner: work.inner, batch: work.batch, threads: Compute.threads,
                secondsPerCall: time, gigaflops: gigaflops,
                gigabytesPerSecond: work.bytes / time / 1e9, shareOfPeak: gigaflops / peak,
                peakGigaflops: peak)
        }
    }

    /// The same figures against another peak, if that is higher than the one measured here.
    func against(peak: Double) -> MatmulReport {
        var report = self
        report.peakGigaflops = max(peak, peakGigaflops)
        report.shareOfPeak = gigaflops / report.peakGigaflops
        return report
    }

    static func table(of reports: [MatmulReport]) -> Table {
        var table = Table(
            ["product", "rows×columns×inner", "time", "GFLOP/s", "of peak", "GB/s"], leftAligned: 2)
        for report in reports {
            table.add([
                report.name, report.size, Figures.time(report.secondsPerCall),
                Figures.short(report.gigaflops), Figures.percent(report.shareOfPeak),
                Figures.short(report.gigabytesPerSecond),
            ])
        }
        return table
    }
}
