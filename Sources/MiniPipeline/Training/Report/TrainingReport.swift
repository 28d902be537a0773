import Foundation
import MiniGPT

/// A run as one page of HTML that needs nothing from anywhere else: no script, no font, no picture.
public struct TrainingReport {
    /// Another model of the same validation text, to compare with.
    public typealias Baseline = (name: String, bitsPerByte: Double)

    private let run: RunFile
    private let rows: [MetricsRow]
    private let samples: [SampleBook.Sample]
    private let unit: TokenUnit
    private let baselines: [Baseline]

    /// A report of a run.
    ///
    /// - Parameter baselines: what other models come to on the same validation text.
    public init(
        run: RunFile, rows: [MetricsRow], samples: [SampleBook.Sample], unit: TokenUnit = .token,
        baselines: [Baseline] = []
    ) {
        self.run = run
        self.rows = rows
        self.samples = samples
        self.unit = unit
        self.baselines = baselines
    }

    /// The report as one page of HTML.
    public var html: String {
        let name = Markup.escaped(run.name)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>\(name) – training report</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            <header>
            <h1>\(name)</h1>
            <p>\(summary)</p>
            </header>
            \(figures)
            \(chartSection)
            \(comparison)
            \(sampleSection)
            \(settingSections)
            </main>
            </body>
            </html>

            """
    }

    private var summary: String {
        let steps = "\(NumberText.count(run.step)) of \(NumberText.count(run.totalSteps)) steps"
        let state =
            switch run.state {
            case .finished: "Finished: \(steps)"
            case .stopped: "Stopped after \(steps)"
            case .failed: "Could not go on after \(steps)"
            case .running: "Running: \(steps)"
            }
        let begun = run.started.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space))
        return Markup.escaped(
            "\(state). A GPT of \(NumberText.count(run.parameters)) parameters, begun \(begun).")
    }

    // MARK: Figures

    private var figures: String {
        let results = run.results
        let nats = "nats per \(unit.rawValue)"
        var entries: [(name: String, value: String, note: String)] = []
        func add(_ name: String, _ value: Double?, _ format: String, _ note: String) {
            guard let value, value.isFinite else { return }
            entries.append((name, String(format: format, value), note))
        }
        add("Lowest validation loss", results?.bestValidationLoss, "%.4f", nats)
        add("Bits per byte", results?.bitsPerByte, "%.3f", "on the validation text")
        add("Last validation loss", results?.validationLoss, "%.4f", nats)
        add("Last training loss", results?.loss, "%.4f", nats)
        add("Speed", results?.tokensPerSecond, "%.0f", "\(unit.plural) per second")
        if let seconds = results?.elapsedSeconds {
            entries.append(("Time", NumberText.time(seconds), "of training"))
        }
        let tiles = entries.map { entry in
            """
            <div class="tile"><div class="name">\(Markup.escaped(entry.name))</div>\
            <div class="figure">\(Markup.escaped(entry.value))</div>\
            <div class="note">\(Markup.escaped(entry.note))</div></div>
            """
        }
        return tiles.isEmpty
            ? "" : "<section class=\"tiles\">\n\(tiles.joined(separator: "\n"))\n</section>"
    }

    private var chartSection: String {
        var charts = [LossCurve(rows: rows, title: "Loss", unit: unit).chart]
        if rows.contains(where: { $0.bitsPerByte != nil }) {
            charts.append(LossCurve.bitsPerByte(rows, baselines))
        }
        charts += [LossCurve.learningRate(rows), LossCurve.gradientNorm(rows)]
        let figures = charts.map { "<figure>\n\($0.element)</figure>" }.joined(separator: "\n")
        return "<section>\n<h2>Curves</h2>\n<div class=\"charts\">\n\(figures)\n</div>\n</section>"
    }

    /// This model among others, by bits per byte.
    private var comparison: String {
        guard let own = run.results?.bitsPerByte, !baselines.isEmpty else { return "" }
        let all = (baselines + [(name: run.name, bitsPerByte: own)])
            .sorted { $0.bitsPerByte > $1.bitsPerByte }
        let rows = all.map { ($0.name, String(format: "%.3f", $0.bitsPerByte)) }
        return """
            <section>
            <h2>Bits per byte, among others</h2>
            <p>Of the same validation text; less is better, and tokenizers do not matter.</p>
            \(Self.table(rows))
            </section>
            """
    }

    // MARK: Texts

    private var sampleSection: String {
        guard !samples.isEmpty else { return "" }
        let parts = samples.reversed().enumerated().map { index, sample in
            """
            <details\(index == 0 ? " open" : "")><summary>Step \(NumberText.count(sample.step))</summary>
            <pre dir="auto"><b>\(Markup.escaped(sample.prompt))</b>\(Markup.escaped(sample.text))</pre></details>
            """
        }
        return
            "<section>\n<h2>What it said</h2>\n\(parts.joined(separator: "\n"))\n</section>"
    }

    private var settingSections: String {
        var data: [(String, String)] = []
        for (name, part) in [
            ("Training", run.data?.training), ("Validation", run.data?.validation),
        ] {
            guard let part else { continue }
            data.append(
                (
                    name,
                    [
                        NumberText.count(part.tokens, "token"),
                        NumberText.count(part.characters, "character"),
                        NumberText.count(part.bytes, "byte"),
                        NumberText.count(part.documents, "document"),
                    ].joined(separator: ", ")
                ))
        }
        data.append(("Vocabulary", NumberText.count(run.model.vocabularySize)))
        var machine = [
            ("Processor", run.machine.processor ?? "not known"),
            ("Threads", "\(run.machine.threads)"), ("Kernels", run.machine.kernels),
            ("BLAS", run.machine.blas),
        ]
        if let peak = run.machine.peakGigaflops {
            machine.append(("Matrix products", String(format: "%.0f GFLOP/s", peak)))
        }
        let settings = [("preset", run.preset ?? "none")] + run.recipe.settings
        let sections = [("Data", data), ("Machine", machine), ("Settings", settings)]
        return sections.map { "<section>\n<h2>\($0)</h2>\n\(Self.table($1))\n</section>" }
            .joined(separator: "\n")
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let lines = rows.map { name, value in
            "<tr><th scope=\"row\">\(Markup.escaped(name))</th><td>\(Markup.escaped(value))</td></tr>"
        }
        return "<table>\n\(lines.joined(separator: "\n"))\n</table>"
    }
}
