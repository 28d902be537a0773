import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt train`: a model learns from the prepared texts.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a GPT on the prepared texts, into runs/NAME.",
        discussion: """
            Settings come from the preset, over it from the file, over that from the flags. The run's \
            folder gets metrics (metrics.jsonl, metrics.csv, and TensorBoard's), samples, checkpoints, \
            curves and a report (report.html). Ctrl-C stops after the current step and saves it; \
            `--resume` goes on from there, or from the last checkpoint of a training that was killed, \
            to the very same model.

            Examples:
              minigpt train
              minigpt train --preset course --iterations 5000 --name long
              minigpt train --config settings.yaml --dry-run
              minigpt train --overfit-one-batch
              minigpt train --resume
            """)

    @OptionGroup var options: ProjectOptions
    @Option(
        help: ArgumentHelp(
            "The settings to start from: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "(default: \(Preset.shakespeareCharacters.rawValue))",
            valueName: "preset"))
    var preset: String?
    @Option(
        help: ArgumentHelp("Settings over those of the preset, in YAML or JSON.", valueName: "file")
    )
    var config: String?
    @Option(help: "The name of the run. (default: the preset's; with --resume the last run's)")
    var name: String?
    @Flag(help: "Go on from the newest whole checkpoint, with the settings of the run.")
    var resume = false
    @Flag(help: "Go on even if settings or texts are others than before.")
    var allowChanges = false
    @Flag(help: "Only say what the training would take and write.") var dryRun = false
    @Flag(help: "Only check that one batch can be learned by heart.") var overfitOneBatch = false
    @OptionGroup(title: "Settings") var settings: RecipeOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if dryRun, overfitOneBatch {
            throw ValidationError("--dry-run and --overfit-one-batch exclude each other.")
        }
    }

    // The training keeps the main thread busy; Ctrl-C comes in on another.
    func run() throws {
        let (request, vocabularySize) = try request()
        let project = options.project
        if dryRun {
            let plan = try threads.run {
                try project.dryRun(request, vocabularySize: vocabularySize)
            }
            return try output.show(plan, text: plan.text)
        }
        if overfitOneBatch { return try checkOneBatch(request, until: .onInterrupt()) }
        try threads.run { try Self.run(request, in: project, output.output) }
    }

    /// Trains, shows how far it is, and what came of it.
    static func run(_ request: TrainingRequest, in project: Project, _ output: Output) throws {
        let stop = StopSignal.onInterrupt()
        let file = try project.train(
            request, console: output.console, isQuiet: output.quiet || output.json, until: stop)
        try output.show(file, text: text(file, project))
        if let code = stop.exitCode { throw ExitCode(code) }
    }

    /// The settings: preset, then file, then flags. A run that goes on starts from its own.
    func request() throws -> (TrainingRequest, vocabularySize: Int) {
        let file = try config.map { try RecipeFile(URL(fileURLWithPath: $0)) }
        let chosen = try preset.map { try Preset(named: $0) } ?? file?.preset
        let project = options.project
        var earlier: RunFolder?
        if resume {
            earlier =
                if let name = name ?? file?.name ?? chosen?.rawValue {
                    FileManager.default.fileExists(atPath: project.run(name).path)
                        ? try RunFolder(project.run(name)) : nil
                } else {
                    project.interruptedRun(of: .train) ?? project.allRuns().last
                }
        }
        let base = chosen ?? .shakespeareCharacters
        let own = chosen == nil && file == nil ? earlier : nil
        var recipe = own?.file.recipe ?? base.recipe
        file?.apply(to: &recipe)
        settings.apply(to: &recipe)
        var request = TrainingRequest(
            name: name ?? file?.name ?? earlier?.name ?? base.rawValue,
            preset: own?.file.preset ?? base.rawValue, recipe: recipe)
        request.resumes = resume
        request.allowsChanges = allowChanges
        return (request, base.vocabularySize)
    }

    private func checkOneBatch(_ request: TrainingRequest, until stop: StopSignal) throws {
        let console = output.console
        let isLive = output.output.isLive
        let check = try threads.run {
            try options.project.overfitOneBatch(request, until: stop) { step, loss in
                if isLive { console.replaceLine(String(format: "step %d  loss %.4f", step, loss)) }
            }
        }
        if isLive { console.clearLine() }
        if let code = stop.exitCode { throw ExitCode(code) }
        let figures = String(
            format:
                "the loss of one batch fell from %.4f to %.4f in %d steps; the lowest possible is %.4f",
            check.firstLoss, check.loss, check.steps, check.floor)
        try output.show(check, text: "\(check.passed ? "Pass" : "Fail"): \(figures)")
        if !check.passed {
            throw PipelineError(
                "One batch could not be learned by heart in \(check.steps) steps",
                .change("more", [.iterations]), .change("another", [.learningRate])
            )
        }
    }

    private static func text(_ file: RunFile, _ project: Project) -> String {
        let place = project.relativePath(project.run(file.name))
        var lines = ["Written to \(place): report.html shows it all."]
        if let bits = file.results?.bitsPerByte {
            lines.insert(String(format: "Bits per byte: %.4f", bits), at: 0)
        }
        if file.state == .stopped {
            lines.append(
                "Stopped at step \(file.step) of \(file.totalSteps); go on with `minigpt train --resume`."
            )
        }
        return lines.joined(separator: "\n")
    }
}
