import Foundation
import MiniGPT
import TestSupport
import Testing

@testable import MiniPipeline

/// Trainings use all processors: one at a time.
@Suite(.serialized) struct ProjectTrainingTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-tests-\(UUID().uuidString)")
    private let console = Console(isTerminal: false, hasColors: false)

    private func inProject(characters: Bool = true, _ body: (Project) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(try Project.prepared(in: folder, characters: characters))
    }

    /// A training of a blink.
    private func request(_ name: String = "a", iterations: Int = 12) -> TrainingRequest {
        var recipe = Preset.tiny.recipe
        (recipe.iterations, recipe.warmup) = (iterations, 4)
        (recipe.validationInterval, recipe.sampleEvery, recipe.sampleTokens) = (4, 4, 10)
        recipe.saveEvery = 4
        return TrainingRequest(name: name, preset: "tiny", recipe: recipe)
    }

    @discardableResult
    private func train(
        _ project: Project, _ request: TrainingRequest, until stop: StopSignal = StopSignal()
    ) throws -> RunFile {
        try project.train(request, console: console, isQuiet: true, until: stop)
    }

    private func text(_ project: Project, _ path: String) throws -> String {
        try String(contentsOf: project.url(path), encoding: .utf8)
    }

    @Test(arguments: [true, false])
    func `It leaves all its files and is noted down`(_ characters: Bool) throws {
        try inProject(characters: characters) { project in
            let file = try train(project, request())
            #expect(file.state == .finished && file.step == 12)
            let names = try FileManager.default.contentsOfDirectory(atPath: project.run("a").path)
            let events = names.filter { $0.hasPrefix("events.out.tfevents.") }
            #expect(
                Set(names).subtracting(events) == Set(TrainingRequest.files + ["checkpoints"]))
            #expect(events.count == 1)
            let rows = MetricsRow.read(project.run("a"))
            #expect(rows.map(\.step) == Array(1...12))
            #expect(rows.filter { $0.bitsPerByte != nil }.map(\.step) == [4, 8, 12])
            let prepared = try project.readPreparedData()
            let best = try #require(file.results?.bestValidationLoss)
            #expect(file.results?.bitsPerByte == prepared.bitsPerByte(loss: best))
            #expect(SampleBook.read(project.run("a")).map(\.step) == [4, 8, 12])
            #expect(try RunFolder(project.run("a")).file == file)
            #expect(try text(project, "runs/a/report.html").contains("Finished: 12 of 12 steps"))

            guard case .done(let record) = try project.state(of: .train) else {
                Issue.record("it is not noted down: \(try project.state(of: .train))")
                return
            }
            #expect(record.settings == ["name": "a", "preset": "tiny"])
            #expect(record.facts["steps"] == 12)
            #expect(try project.status().isReadyToServe)
        }
    }

    /// The files of a run that hold no times.
    private func contents(_ project: Project, _ name: String) throws -> [String: Data] {
        let run = project.run(name)
        var files: [String: Data] = [:]
        let step = try #require(Checkpoint.directories(in: RunFolder(run).checkpoints).first)
        for name in ["model.safetensors", "optimizer.safetensors"] {
            files[name] = try Data(contentsOf: step.url.appendingPathComponent(name))
        }
        for name in ["samples.jsonl", "loss.svg", "learning-rate.svg", "gradient-norm.svg"] {
            files[name] = try Data(contentsOf: run.appendingPathComponent(name))
        }
        let columns = MetricsRow.read(run).map {
            "\($0.step) \($0.loss) \($0.validationLoss as Any) \($0.bitsPerByte as Any)"
        }
        files["metrics"] = Data(columns.joined(separator: "\n").utf8)
        return files
    }

    @Test(arguments: [1, 4, 6, 8])
    func `Stopped after any step and taken up again it ends the same`(_ stopStep: Int) throws {
        try inProject { project in
            try train(project, request("whole"))
            try project.forget(.train)
            let stop = StopSignal()
            let stopped = try project.train(
                request("parts"), console: console, isQuiet: true, until: stop
            ) { event in
                if case .step(let report) = event, report.step == stopStep { stop.raise() }
            }
            #expect(stopped.state == .stopped && stopped.step == stopStep)
            guard case .interrupted(let problem) = try project.state(of: .train) else {
                Issue.record("it is not interrupted")
                return
            }
            #expect(problem.problem == "runs/parts was interrupted at step \(stopStep) of 12")
            #expect(problem.remedies == [.resume(.train)])
            #expect(try project.status().next == .resume(.train))
            var rest = request("parts")
            rest.resumes = true
            #expect(try train(project, rest).state == .finished)
            #expect(try contents(project, "parts") == contents(project, "whole"))
        }
    }

    @Test func `Without being told to resume, a run that has checkpoints is not touched`() throws {
        try inProject { project in
            try train(project, request())
            let before = try contents(project, "a")
            let error = #expect(throws: PipelineError.self) { try train(project, request()) }
            #expect(error?.remedies.first == .permit(.resumption))
            #expect(error?.remedies.last == .change("another", [.name]))
            #expect(try contents(project, "a") == before)
            guard case .done = try project.state(of: .train) else {
                Issue.record("the record is gone")
                return
            }
        }
    }

    @Test func `Another recipe is refused, unless the user insists`() throws {
        try inProject { project in
            try train(project, request())
            var other = request(iterations: 16)
            other.resumes = true
            let error = #expect(throws: PipelineError.self) { try train(project, other) }
            #expect(error?.remedies == [.permit(.changes)])
            other.allowsChanges = true
            #expect(try train(project, other).step == 16)
            #expect(MetricsRow.read(project.run("a")).map(\.step) == Array(1...16))
        }
    }

    @Test func `What cannot be trained is refused before anything is written`() throws {
        try inProject { project in
            func refused(_ words: String, _ change: (inout TrainingRequest) -> Void) {
                var request = request()
                change(&request)
                let error = #expect(throws: PipelineError.self) { try train(project, request) }
                #expect(error?.description.contains(words) ?? false, "\(error as Any)")
            }
            for name in ["", "..", "a/b", ".a", "a b", "\n"] {
                refused("name") { $0.name = name }
            }
            refused("gradient accumulation is 0") { $0.recipe.gradientAccumulation = 0 }
            refused("iterations is -1") { $0.recipe.iterations = -1 }
            refused("33 is not divisible by 2") { $0.recipe.width = 33 }
            refused("validation text has 222") { $0.recipe.context = 500 }
            refused("prompt") { $0.recipe.prompt = "漢" }
            refused("GB") { $0.recipe.layers = 1 << 24 }
            #expect(!FileManager.default.fileExists(atPath: project.runs.path))
            try Data("x".utf8).write(to: project.runs)
            refused("is a file, not a folder") { _ in }
        }
    }

    @Test func `Damaged tokens are found before the training`() throws {
        try inProject { project in
            var data = try Data(contentsOf: project.trainingTokens)
            data[100] ^= 1
            try data.write(to: project.trainingTokens)
            let error = #expect(throws: PipelineError.self) { try train(project, request()) }
            #expect(error?.remedies == [.repeat(.prepare)])
        }
    }

    @Test func `A training that fails says so and keeps what it measured`() throws {
        try inProject { project in
            var request = request()
            (request.recipe.learningRate, request.recipe.clip) = (1e30, 0)
            request.recipe.minimumLearningRate = 1e30
            let error = #expect(throws: PipelineError.self) { try train(project, request) }
            #expect(error?.description.contains("learning rate") ?? false)
            let folder = try RunFolder(project.run("a"))
            #expect(folder.file.state == .failed)
            #expect(MetricsRow.read(folder.url).count == folder.file.step)
        }
    }

    @Test func `A dry run tells and writes nothing`() throws {
        try inProject { project in
            let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            let plan = try project.dryRun(request(), vocabularySize: 300)
            let size = try project.readPreparedData().vocabularySize
            let configuration = request().recipe.configuration(vocabularySize: size)
            #expect(plan.parameters == configuration.parameterCount)
            #expect(plan.tokensPerStep == 64 && plan.isMeasured && plan.fits)
            #expect(
                plan.operationsPerStep == 64 * configuration.trainingOperationsPerToken)
            #expect(plan.seconds == 12 * plan.secondsPerStep && plan.seconds > 0)
            #expect(plan.text.contains("runs/a/report.html"))
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path) == before)
        }
    }

    @Test func `A dry run of what no machine can do says so`() throws {
        var large = request(iterations: Int.max)
        large.recipe.layers = 1 << 24
        large.recipe.batch = 1 << 24
        let plan = try Project(folder).dryRun(large, vocabularySize: 1 << 24)
        #expect(!plan.fits && !plan.isMeasured)
        #expect(plan.text.contains("more than this machine has"))
    }

    @Test func `One batch is learned by heart, or not if there is no learning`() throws {
        try inProject { project in
            var request = request(iterations: 400)
            let check = try project.overfitOneBatch(request, until: StopSignal())
            #expect(check.passed && check.loss < check.floor + 0.1 && check.firstLoss > 2)
            request.recipe.learningRate = 1e-9
            request.recipe.minimumLearningRate = 0
            request.recipe.iterations = 5
            let other = try project.overfitOneBatch(request, until: StopSignal())
            #expect(!other.passed && other.steps == 5)
            #expect(!FileManager.default.fileExists(atPath: project.runs.path))
        }
    }

    @Test func `The lowest loss of a batch counts what nobody can know`() {
        // Both begin with 1, and go on with 2 or 3: one bit. Then they can be told apart.
        let inputs = TokenBatch([1, 2, 1, 3], batch: 2, time: 2)
        let targets = TokenBatch([2, 5, 3, 5], batch: 2, time: 2)
        #expect(abs(OneBatchCheck.lowestLoss(inputs, targets) - log(2) / 2) < 1e-12)
    }
}
