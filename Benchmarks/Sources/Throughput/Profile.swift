import ArgumentParser
import MiniGPT
import Workloads

/// Where the time of a step goes.
struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Where the time of a training step goes, by phase and by operation.",
        discussion: """
            Phases are measured inside real steps, of small models with the batch undivided. \
            Operations are measured alone, at the model's shapes, and multiplied by how often a \
            step makes them; what is left of the step is 'the rest'. Alone they find their operands \
            in the cache more often than in a step.
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "About how long to measure each operation.")
    var seconds = 0.5

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try checkSeconds(seconds)
        try model.check()
    }

    func run() throws {
        let work = model.work
        let (phases, parts, peak) = common.withThreads {
            let before = Machine.measurePeak()
            let phases = StepPhases.measure(work, seconds: max(3, 6 * seconds))
            let parts = StepPart.measure(work, seconds: seconds)
            return (phases, parts, max(before, Machine.measurePeak()))
        }
        let report = ProfileReport(
            model: model.name, threads: common.threads, work: work, phases: phases, parts: parts,
            peak: peak)
        if common.json { return try printJSON(report) }
        common.printHeader(peak: peak)
        print(
            "\(model.name): \(Figures.time(phases.total)) a step, \(Figures.short(report.tokensPerSecond)) tokens/s, \(Figures.percent(report.shareOfPeak)) of peak\n"
        )
        print(report.phaseTable, terminator: "\n\n")
        print(report.partTable)
    }
}

/// All figures of a profile.
struct ProfileReport: Encodable {
    let model: String
    let threads: Int
    let secondsPerStep: Double
    let tokensPerSecond: Double
    let shareOfPeak: Double
    let peakGigaflops: Double
    let phases: StepPhases
    let parts: [StepPart]

    init(
        model: String, threads: Int, work: TrainingWork, phases: StepPhases, parts: [StepPart],
        peak: Double
    ) {
        self.model = model
        self.threads = threads
        self.phases = phases
        self.parts = parts
        secondsPerStep = phases.total
        tokensPerSecond = Double(work.tokens) / phases.total
        shareOfPeak = work.operations / phases.total / 1e9 / peak
        peakGigaflops = peak
    }

    var phaseTable: Table {
        var table = Table(["phase", "time", "of the step"])
        for (name, time) in phases.named {
            table.add([name, Figures.time(time), Figures.percent(time / phases.total)])
        }
        return table
    }

    var partTable: Table {
        var table = Table(
            ["operation", "count", "each", "of the step", "GFLOP/s", "of peak", "GB/s"])
        for part in parts {
            let gigaflops = part.operations / part.seconds / 1e9
            let isProduct = part.operations > 0
            table.add([
                part.name, "\(part.count)", Figures.time(part.seconds),
                Figures.percent(part.total / phases.total),
                isProduct ? Figures.short(gigaflops) : "",
                isProduct ? Figures.percent(gigaflops / peakGigaflops) : "",
                Figures.short(part.bytes / part.seconds / 1e9),
            ])
        }
        let rest = phases.total - parts.reduce(0) { $0 + $1.total }
        table.add(["the rest", "", "", Figures.percent(rest / phases.total), "", "", ""])
        return table
    }
}
