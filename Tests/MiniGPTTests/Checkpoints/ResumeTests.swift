import Foundation
import MiniGPT
import Testing

@testable import struct MiniGPT.CheckpointPlan

/// A training that was stopped goes on as if it had not been.
@Suite("Resuming")
struct ResumeTests {
    /// What a training tells, and what it ends with.
    private struct Story: Equatable {
        var losses: [Int: UInt32] = [:]
        var validations: [Int: UInt32] = [:]
        var best: [Int] = []
        var saved: [Int] = []
        var weights: [[UInt32]] = []

        mutating func note(_ event: TrainingEvent) {
            switch event {
            case .step(let report): losses[report.step] = report.loss.bitPattern
            case .validation(let report):
                validations[report.step] = report.loss.bitPattern
                if report.isBest { best.append(report.step) }
            case .checkpoint(.saved(let report)): saved.append(report.step)
            case .checkpoint, .finished: break
            }
        }

        mutating func finish(_ model: GPT, _ optimizer: AdamW) {
            weights = model.parameters.map { $0.value.scalars.map(\.bitPattern) }
            for moments in optimizer.moments {
                weights.append(moments.first.scalars.map(\.bitPattern))
                weights.append(moments.second.scalars.map(\.bitPattern))
            }
        }
    }

    private func wholeStory(accumulation: Int = 1) throws -> Story {
        let (trainer, start, fresh) = try makeTrainer(accumulation: accumulation)
        var (model, optimizer, story) = (start, fresh, Story())
        try trainer.run(&model, &optimizer) { story.note($0) }
        story.finish(model, optimizer)
        return story
    }

    private func plan(_ directory: TemporaryDirectory, steps: Int? = nil) throws -> CheckpointPlan {
        CheckpointPlan(try CheckpointStore(directory: directory.url), steps: steps, seconds: nil)
    }

    @Test(arguments: [1, 2])
    func `Losses, tests, weights and averages are bit by bit those of a run that never stopped`(
        _ accumulation: Int
    ) throws {
        let whole = try wholeStory(accumulation: accumulation)
        // Steps 6 and 12 are tested; 5, 6 and 7 are before, at and after a test.
        for stops in [[1], [5], [6], [7], [11], [12], [2, 3, 9]] {
            let directory = try TemporaryDirectory()
            var story = Story()
            for stopStep in stops + [Int.max] {
                // Everything anew, as another process has it.
                var (trainer, model, optimizer) = try makeTrainer(accumulation: accumulation)
                let stop = StopSignal()
                trainer.stopSignal = stop
                trainer.checkpoints = try plan(directory)
                if let loaded = try Checkpoint.latest(in: directory.url) {
                    let changes = try trainer.resume(&model, &optimizer, from: loaded.checkpoint)
                    #expect(changes == [])
                }
                try trainer.run(&model, &optimizer) { event in
                    story.note(event)
                    if case .step(let report) = event, report.step == stopStep { stop.raise() }
                }
                story.finish(model, optimizer)
            }
            story.saved = []
            #expect(story == whole, "stopped at \(stops)")
        }
    }

    @Test func `Saving changes nothing, and every checkpoint on the way leads to the same end`()
        throws
    {
        let whole = try wholeStory()
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        let store = try CheckpointStore(directory: directory.url, keepLast: 20)
        trainer.checkpoints = CheckpointPlan(store, steps: 1, seconds: nil)
        var story = Story()
        try trainer.run(&model, &optimizer) { event in
            story.note(event)
            // So that none is left out because the writer is busy.
            if case .step = event { store.waitUntilIdle() }
        }
        story.finish(model, optimizer)
        #expect(story.saved == Array(1...12))
        story.saved = []
        #expect(story == whole)

        for url in store.checkpoints {
            var (trainer, model, optimizer) = try makeTrainer()
            let checkpoint = try Checkpoint(contentsOf: url)
            try trainer.resume(&model, &optimizer, from: checkpoint)
            var rest = Story()
            try trainer.run(&model, &optimizer) { rest.note($0) }
            rest.finish(model, optimizer)
            #expect(rest.weights == whole.weights)
            let step = checkpoint.progress.step
            #expect(rest.losses == whole.losses.filter { $0.key > step })
            #expect(rest.validations == whole.validations.filter { $0.key > step })
            #expect(rest.best == whole.best.filter { $0 > step })
        }
    }

    @Test func `Saves by steps, at the best validation loss and at the end`() throws {
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        trainer.checkpoints = try plan(directory, steps: 5)
        var reasons: [String] = []
        try trainer.run(&model, &optimizer) { event in
            if case .checkpoint(.began(let step, let reason)) = event {
                reasons.append("\(step) \(reason)")
            }
            // So that none is put off because the writer is busy.
            if case .step = event { trainer.checkpoints?.store.waitUntilIdle() }
        }
        // The loss falls, so both tests are the best so far; the one of step 12 is the end too.
        #expect(reasons == ["5 steps", "6 best", "10 steps", "12 best"])
    }

    @Test func `Saves by time`() throws {
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        trainer.options.validationInterval = 0
        var plan = try plan(directory)
        plan.seconds = 0
        trainer.checkpoints = plan
        var reasons: Set<String> = []
        try trainer.run(&model, &optimizer) { event in
            if case .checkpoint(.began(_, let reason)) = event { reasons.insert("\(reason)") }
            if case .step = event { plan.store.waitUntilIdle() }
        }
        #expect(reasons == ["time"])
    }

    @Test func `A checkpoint that cannot be written is told, and the training goes on`() throws {
        let whole = try wholeStory()
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        trainer.checkpoints = try plan(directory, steps: 2)
        var (story, failures) = (Story(), 0)
        try trainer.run(&model, &optimizer) { event in
            story.note(event)
            if case .checkpoint(.failed) = event { failures += 1 }
            if case .step(let report) = event {
                trainer.checkpoints?.store.waitUntilIdle()
                // No more names can be made in the directory while this file is in its place.
                if report.step == 3 {
                    try FileManager.default.moveItem(
                        at: directory.url, to: directory.url.appendingPathExtension("away"))
                    try Data().write(to: directory.url)
                } else if report.step == 8 {
                    try FileManager.default.removeItem(at: directory.url)
                    try FileManager.default.moveItem(
                        at: directory.url.appendingPathExtension("away"), to: directory.url)
                }
            }
        }
        story.finish(model, optimizer)
        #expect(failures >= 2 && story.saved.last == 12)
        #expect(story.weights == whole.weights)
        #expect(try Checkpoint.latest(in: directory.url)?.checkpoint.progress.step == 12)
    }

    // MARK: Refusals

    private func checkpoint() throws -> Checkpoint {
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        let stop = StopSignal()
        stop.raise()
        trainer.stopSignal = stop
        trainer.checkpoints = try plan(directory)
        try trainer.run(&model, &optimizer)
        return try #require(try Checkpoint.latest(in: directory.url)).checkpoint
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]
        let apply: @Sendable (inout Trainer, inout AdamW) -> Void
    }

    static let changes = [
        Change(testDescription: "batch size", words: ["batch size", "8", "16"]) { trainer, _ in
            trainer.options.batchSize = 16
        },
        Change(testDescription: "seed", words: ["seed", "1", "2"]) { trainer, _ in
            trainer.options.seed = 2
        },
        Change(testDescription: "accumulation", words: ["batches for a step", "1", "4"]) {
            trainer, _ in trainer.options.gradientAccumulation = 4
        },
        Change(testDescription: "clipping", words: ["gradient norm", "1.0", "none"]) {
            trainer, _ in trainer.options.clipNorm = nil
        },
        Change(
            testDescription: "schedule",
            words: ["learning rate", "peak: 0.003", "peak: 0.004", "total: 12"]
        ) { _, optimizer in
            optimizer.learningRate = .cosine(peak: 4e-3, warmup: 3, total: 12)
        },
        Change(testDescription: "beta2", words: ["beta2", "0.999", "0.99 now"]) { _, optimizer in
            optimizer.betas.1 = 0.99
        },
        Change(testDescription: "weight decay", words: ["weight decay", "0.1", "0.2"]) {
            _, optimizer in optimizer.weightDecay = 0.2
        },
        Change(testDescription: "decayed parameters", words: ["parameters with weight decay"]) {
            _, optimizer in
            optimizer = AdamW(
                learningRate: optimizer.learningRate, weightDecay: 0.1, decays: { _, _ in true })
        },
        Change(testDescription: "corpus", words: ["training text", "tokens with checksum"]) {
            trainer, _ in
            var tokens = (trainer.training as? TokenDataset).map { Array($0.tokens) } ?? []
            tokens[100] = tokens[100] == 3 ? 4 : 3
            trainer = Trainer(
                training: TokenDataset(tokens, contextLength: 32), validation: trainer.validation,
                options: trainer.options)
        },
        Change(testDescription: "validation", words: ["validation text"]) { trainer, _ in
            trainer = Trainer(training: trainer.training, options: trainer.options)
        },
    ]

    @Test(arguments: changes)
    func `Another setting is refused with both values, unless the user insists`(_ change: Change)
        throws
    {
        let checkpoint = try checkpoint()
        var (trainer, model, optimizer) = try makeTrainer()
        change.apply(&trainer, &optimizer)
        let before = model.tokenEmbedding.weight.scalars
        model.tokenEmbedding.weight = model.tokenEmbedding.weight * 2
        let doubled = model.tokenEmbedding.weight.scalars
        let error = try #require(throws: CheckpointError.self) {
            try trainer.resume(&model, &optimizer, from: checkpoint)
        }
        for word in change.words { #expect(error.description.contains(word), "\(error)") }
        #expect(model.tokenEmbedding.weight.scalars == doubled, "nothing may change")

        let allowed = try trainer.resume(
            &model, &optimizer, from: checkpoint, allowingChanges: true)
        #expect(!allowed.isEmpty)
        #expect(model.tokenEmbedding.weight.scalars == before)
    }

    @Test func `Things that change no weight may be others`() throws {
        let checkpoint = try checkpoint()
        var (trainer, model, optimizer) = try makeTrainer()
        trainer.options.steps = 50
        trainer.options.validationInterval = 1
        #expect(try trainer.resume(&model, &optimizer, from: checkpoint) == [])
    }

    @Test func `A model of another size is refused even if the user insists`() throws {
        let checkpoint = try checkpoint()
        var (trainer, _, optimizer) = try makeTrainer()
        var generator = SplitMix64(seed: 1)
        var configuration = try GPT(checkpoint).configuration
        configuration.width = 64
        var model = GPT(configuration, using: &generator)
        let error = try #require(throws: CheckpointError.self) {
            try trainer.resume(&model, &optimizer, from: checkpoint, allowingChanges: true)
        }
        #expect(error.description.contains("the width was 48 and is 64 now"))
    }

    @Test func `A new training does not write into the checkpoints of another`() throws {
        let directory = try TemporaryDirectory()
        var (trainer, model, optimizer) = try makeTrainer()
        trainer.checkpoints = try plan(directory)
        try trainer.run(&model, &optimizer)
        let (_, fresh, start) = try makeTrainer()
        var (other, second) = (fresh, start)
        let error = try #require(throws: CheckpointError.self) {
            try trainer.run(&other, &second)
        }
        #expect(error.description.contains("step-00000012"))
        #expect(second.step == 0)
    }
}
