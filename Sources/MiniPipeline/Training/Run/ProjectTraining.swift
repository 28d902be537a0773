import Foundation
import MiniGPT

/// What to train in a project.
public struct TrainingRequest: Sendable {
    /// The name of the run, and of its folder.
    public var name: String
    /// The preset the recipe started from, for the record.
    public var preset: String?
    /// The sizes of the model and how it is trained.
    public var recipe: Recipe
    /// Whether to go on from the newest checkpoint.
    public var resumes = false
    /// Whether to go on even if settings are others than before.
    public var allowsChanges = false

    /// A training under a name.
    public init(name: String, preset: String? = nil, recipe: Recipe) {
        self.name = name
        self.preset = preset
        self.recipe = recipe
    }

    /// Checks the name and the numbers.
    ///
    /// - Throws: `PipelineError` with the setting and what it must be.
    public func check() throws(PipelineError) {
        try RunName.check(name)
        try recipe.check()
    }

    /// The files of a run, beside its checkpoints and TensorBoard's.
    static let files = [
        RunFile.name, MetricsRow.fileName, "metrics.csv", SampleBook.fileName, "loss.svg",
        "learning-rate.svg", "gradient-norm.svg", "report.html",
    ]
}

extension Project {
    /// Trains a model on the prepared texts, into `runs/NAME`.
    ///
    /// However it ends, the folder is left whole; killed and started again with `resumes`, it ends
    /// with the same weights, losses and samples.
    ///
    /// - Parameter onEvent: gets what the trainer tells, after it was noted down.
    /// - Throws: `PipelineError`.
    @discardableResult
    public func train(
        _ request: TrainingRequest, console: Console, isQuiet: Bool = false,
        until stop: StopSignal, onEvent: (TrainingEvent) -> Void = { _ in }
    ) throws -> RunFile {
        try request.check()
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        try require(.prepare)
        let lesson = try Lesson(self, request.recipe)
        let prepared = try readPreparedData()
        let folder = run(request.name)
        try OutputFolder.check(folder.path, names: TrainingRequest.files)
        var run = try TrainingRun(
            request.recipe, lesson, checkpoints: folder.appendingPathComponent("checkpoints"),
            until: stop)
        let notices = try run.resume(
            isWanted: request.resumes, allowsChanges: request.allowsChanges,
            elsewhere: .change("another", [.name]))
        if try records()[.train]?.settings["name"] == request.name { try forget(.train) }

        let peak = Compute.measurePeak()
        run.trainer.peakGigaflops = peak
        if !isQuiet {
            console.write("\(run.model)\n\n\(MachineDescription(peakGigaflops: peak).text)\n")
            console.write(lesson.description + "\n")
            for notice in notices { console.write(notice + "\n") }
            console.write("\n")
        }
        var session = try TrainingSession(
            request, run, prepared, in: folder, baselines: baselines(), peak: peak,
            isQuiet ? nil : console)
        let file = try session.train(&run, onEvent: onEvent)
        if file.state == .finished {
            try recordTraining(request, file, in: folder)
        }
        return file
    }

    private func recordTraining(
        _ request: TrainingRequest, _ file: RunFile, in folder: URL
    ) throws(PipelineError) {
        var facts = ["steps": Double(file.step), "parameters": Double(file.parameters)]
        facts["loss"] = file.results?.loss
        facts["validationLoss"] = file.results?.bestValidationLoss
        facts["bitsPerByte"] = file.results?.bitsPerByte
        var outputs = [folder.appendingPathComponent(RunFile.name)]
        let newest = Checkpoint.directories(in: folder.appendingPathComponent("checkpoints")).first
        if let newest {
            let names = try? FileManager.default.contentsOfDirectory(atPath: newest.url.path)
            outputs += (names ?? []).sorted().map { newest.url.appendingPathComponent($0) }
        }
        var settings = ["name": request.name]
        settings["preset"] = request.preset
        try record(
            .train, settings: settings, facts: facts.filter { $0.value.isFinite },
            inputs: [trainingTokens, validationTokens, tokenizer], outputs: outputs)
    }
}
