import ArgumentParser
import MiniGPT
import Workloads

/// How the cost of a step grows.
struct Scaling: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Step time and peak memory against context, width, layers, vocabulary and batch.",
        discussion: """
            Every row is a process of its own. Other sizes stay at width 128, 2 layers, 4 heads, \
            vocabulary 65, context 128, batch 4; against context the batch is 1. Prints Markdown.
            """)

    /// What is varied.
    enum Axis: String, CaseIterable, ExpressibleByArgument {
        case context, width, layers, vocabulary, batch, threads
    }

    @Option(parsing: .upToNextOption, help: "What to vary; all of it unless given.")
    var axes = Axis.allCases

    @Option(help: "About how long to measure each row.")
    var seconds = 2.0

    func validate() throws { try checkSeconds(seconds) }

    func run() throws {
        let peak = Machine.measurePeak()
        print(Machine().description(peak: peak, threads: Compute.threads), terminator: "\n\n")
        for axis in axes {
            print(axis == .threads ? try threadsTable() : try table(of: axis), terminator: "\n\n")
        }
    }

    private static let base: [(String, Int)] = [
        ("vocabulary", 65), ("width", 128), ("layers", 2), ("heads", 4), ("context", 128),
        ("batch", 4),
    ]

    private func values(of axis: Axis) -> [Int] {
        switch axis {
        case .context: [64, 128, 256, 512, 1_024, 2_048, 4_096]
        case .width: [64, 128, 256, 512, 1_024]
        case .layers: [1, 2, 4, 8, 16]
        case .vocabulary: [65, 1_000, 5_000, 20_000, 50_257]
        case .batch: [1, 2, 4, 8, 16, 32]
        case .threads: Compute.defaultThreads > 1 ? [1, Compute.defaultThreads] : [1]
        }
    }

    private func table(of axis: Axis) throws -> Table {
        var table = Table(
            [
                axis.rawValue, "parameters", "step", "× step", "tokens/s", "peak memory",
                "more for each",
            ], leftAligned: 0)
        var previous: (Int, TrainingReport)?
        for value in values(of: axis) {
            var sizes = Dictionary(uniqueKeysWithValues: Self.base)
            if axis == .context { sizes["batch"] = 1 }
            if axis == .width { sizes["heads"] = value / 32 }
            sizes[axis.rawValue] = value
            let arguments = sizes.flatMap { ["--\($0.key)", "\($0.value)"] }
            let report = try Child.train(arguments + ["--seconds", "\(seconds)"])
            func growth(_ figure: (TrainingReport) -> Double) -> String {
                previous.map { Figures.short(figure(report) / figure($0.1)) } ?? "–"
            }
            // Memory that one more of it needs: the same in every row if memory grows linearly.
            let added =
                previous.map {
                    Figures.bytes((report.peakMemoryBytes - $0.1.peakMemoryBytes) / (value - $0.0))
                } ?? "–"
            table.add([
                Figures.grouped(Double(value)), Figures.grouped(Double(report.parameters)),
                Figures.time(report.secondsPerStep), growth(\.secondsPerStep),
                Figures.short(report.tokensPerSecond), Figures.bytes(report.peakMemoryBytes),
                added,
            ])
            previous = (value, report)
        }
        return table
    }

    /// One thread against all: as many steps with each, so that the last losses can be compared.
    private func threadsTable() throws -> Table {
        var table = Table([
            "model", "threads", "step", "tokens/s", "of peak", "speed-up", "last loss", "same bits",
        ])
        for preset in [ModelPreset.small, .character, .course] {
            let steps = preset == .course ? 5 : 100
            var first: TrainingReport?
            for threads in values(of: .threads) {
                let report = try Child.train([
                    "--model", preset.rawValue, "--threads", "\(threads)", "--steps", "\(steps)",
                ])
                let base = first ?? report
                table.add([
                    preset.rawValue, "\(threads)", Figures.time(report.secondsPerStep),
                    Figures.short(report.tokensPerSecond), Figures.percent(report.shareOfPeak),
                    Figures.short(base.secondsPerStep / report.secondsPerStep),
                    "\(report.lastLoss)",
                    first == nil ? "–" : base.lastLoss == report.lastLoss ? "yes" : "NO",
                ])
                first = base
            }
        }
        return table
    }
}
