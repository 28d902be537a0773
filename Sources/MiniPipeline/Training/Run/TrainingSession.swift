import Foundation
import MiniGPT

/// A training with all it leaves in its folder while it goes on and when it ends.
struct TrainingSession {
    private let folder: OutputFolder
    private let lesson: Lesson
    private let prepared: PreparedData
    private let baselines: [TrainingReport.Baseline]
    private let book: SampleBook
    private let console: Console?
    private var file: RunFile
    private var metrics: Metrics
    private var display: ProgressDisplay

    /// Opens the files, with what they hold up to where the run stands.
    init(
        _ request: TrainingRequest, _ run: TrainingRun, _ prepared: PreparedData, in url: URL,
        baselines: [TrainingReport.Baseline], peak: Double, _ console: Console?
    ) throws {
        let step = run.optimizer.step
        lesson = run.lesson
        self.prepared = prepared
        self.baselines = baselines
        self.console = console
        folder = try OutputFolder(creating: url.path)
        let started = step > 0 ? (try? RunFolder(url))?.file.started : nil
        file = RunFile(
            stage: .train, name: request.name, preset: request.preset, recipe: request.recipe,
            model: lesson.configuration, parameters: run.model.parameterCount, data: prepared,
            machine: MachineDescription(peakGigaflops: peak),
            state: .running, step: step, totalSteps: request.recipe.iterations,
            started: started ?? Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded()))
        try JSONFile.write(file, to: url.appendingPathComponent(RunFile.name))
        metrics = try Metrics(
            in: folder, after: step, bitsPerNat: prepared.bitsPerNat, writesEvents: true)
        book = try SampleBook(in: folder, after: step, request.recipe, lesson.tokenizer)
        display = ProgressDisplay(
            console: console ?? Console(), total: request.recipe.iterations, unit: lesson.unit)
    }

    /// Makes the steps, shows them and notes them down; then draws the curves and the report.
    mutating func train(
        _ run: inout TrainingRun, onEvent: (TrainingEvent) -> Void
    ) throws -> RunFile {
        var inspection: Trainer.Inspection<GPT>?
        if file.recipe.sampleEvery > 0, file.recipe.sampleTokens > 0 {
            let (book, console) = (book, console)
            inspection = .init(steps: file.recipe.sampleEvery) { model, step in
                guard let sample = try book.listen(to: model, at: step) else { return }
                console?.clearLine()
                console?.write(Self.shown(sample))
            }
        }
        do {
            let isShown = console != nil
            try run.trainer.run(&run.model, &run.optimizer, inspecting: inspection) { event in
                try metrics.record(event)
                if isShown { display.show(event) }
                if case .finished(let summary) = event { take(summary) }
                onEvent(event)
            }
        } catch {
            // What was measured until then is worth keeping.
            if console != nil { display.clear() }
            try metrics.finish()
            file.state = .failed
            try finish(at: run.optimizer.step)
            throw (error as? PipelineError) ?? PipelineError("\(error)")
        }
        try finish(at: run.optimizer.step)
        return file
    }

    private mutating func take(_ summary: TrainingSummary) {
        file.state = summary.wasStopped ? .stopped : .finished
        file.results = RunFile.Results(
            loss: (summary.loss ?? metrics.rows.last?.loss).map(Double.init),
            validationLoss: summary.validationLoss.map(Double.init),
            bestValidationLoss: summary.bestValidationLoss.map(Double.init),
            bitsPerByte: summary.bestValidationLoss.map {
                prepared.bitsPerByte(loss: Double($0))
            },
            tokensPerSecond: metrics.rows.last?.tokensPerSecond,
            elapsedSeconds: metrics.rows.last?.elapsedSeconds)
    }

    private mutating func finish(at step: Int) throws(PipelineError) {
        file.step = step
        let rows = metrics.rows
        let title = "Loss on \(lesson.name)"
        try folder.write(
            LossCurve(rows: rows, title: title, unit: lesson.unit).svg, to: "loss.svg")
        try folder.write(LossCurve.learningRate(rows).svg, to: "learning-rate.svg")
        try folder.write(LossCurve.gradientNorm(rows).svg, to: "gradient-norm.svg")
        try folder.write(
            TrainingReport(
                run: file, rows: rows, samples: book.samples, unit: lesson.unit,
                baselines: baselines
            ).html,
            to: "report.html")
        try JSONFile.write(file, to: folder.url.appendingPathComponent(RunFile.name))
    }

    private static func shown(_ sample: SampleBook.Sample) -> String {
        let text = TerminalText.plain(sample.prompt + sample.text)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return "step \(sample.step) says:\n" + lines.map { "  | \($0)\n" }.joined()
    }
}
