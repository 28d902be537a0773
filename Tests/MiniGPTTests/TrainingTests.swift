import Foundation
import MiniGPT
import Testing

/// A few kilobytes that a small model can learn something from.
let trainingText = (0..<400).map { "\($0) times \($0 % 7) is \($0 * ($0 % 7)).\n" }.joined()

func makeTrainer(
    _ steps: Int = 12, seed: UInt64 = 1, accumulation: Int = 1
) throws -> (trainer: Trainer, model: GPT, optimizer: AdamW) {
    let tokenizer = CharacterTokenizer(alphabetOf: trainingText)
    let data = try TokenDataset.split(
        TokenStore(try tokenizer.encode(trainingText)), contextLength: 32)
    var options = Trainer.Options()
    options.steps = steps
    options.batchSize = 8
    options.gradientAccumulation = accumulation
    options.validationInterval = 6
    options.seed = seed
    var generator = SplitMix64(seed: 5)
    let model = GPT(
        .init(
            vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 2, heads: 4,
            width: 48, dropout: 0.1), using: &generator)
    return (
        Trainer(training: data.training, validation: data.validation, options: options), model,
        AdamW(learningRate: .cosine(peak: 3e-3, warmup: 3, total: steps), weightDecay: 0.1)
    )
}

private func losses(
    threads: Int = Compute.defaultThreads, steps: Int = 12, accumulation: Int = 1
) throws -> [UInt32] {
    let (trainer, start, fresh) = try makeTrainer(steps, accumulation: accumulation)
    var (model, optimizer) = (start, fresh)
    var bits: [UInt32] = []
    try Compute.$threads.withValue(threads) {
        try trainer.run(&model, &optimizer) { event in
            switch event {
            case .step(let report): bits.append(report.loss.bitPattern)
            case .validation(let report): bits.append(report.loss.bitPattern)
            case .checkpoint, .finished: break
            }
        }
    }
    return bits + model.parameters.map { $0.value.sum().item().bitPattern }
}

@Suite struct TrainingTests {
    @Test("the same seed gives the same bits with one thread, with all, and again")
    func determinism() throws {
        let alone = try losses(threads: 1)
        #expect(try losses(threads: 2) == alone)
        #expect(try losses(threads: 2) == alone)
        #expect(try losses(threads: 1) == alone)
    }

    @Test("averages that are made beforehand change no bit")
    func preparing() throws {
        let (trainer, start, fresh) = try makeTrainer()
        var generator = SplitMix64(seed: 4)
        let (x, y) = trainer.training.batch(4, using: &generator)
        let gradients = valueAndGradients(of: start) { $0.loss(x, targets: y) }.gradients
        let results = [false, true].map { isPrepared in
            var (model, optimizer) = (start, fresh)
            if isPrepared { optimizer.prepare(for: model) }
            #expect(optimizer.moments.isEmpty != isPrepared)
            optimizer.update(&model, along: gradients)
            return (
                optimizer.moments.map { "\($0.name) \($0.decays)" },
                (optimizer.moments.flatMap { [$0.first, $0.second] }
                    + model.parameters.map(\.value)).flatMap(\.scalars)
            )
        }
        #expect(results[0] == results[1])
    }

    @Test("the loss falls")
    func learning() throws {
        var (trainer, model, optimizer) = try makeTrainer(60)
        trainer.options.validationInterval = 30
        let validation = try #require(trainer.validation)
        let before = model.evaluate(on: validation).loss
        let summary = try trainer.run(&model, &optimizer)
        #expect(before > 2.8)
        #expect(try #require(summary.validationLoss) < before - 1)
        #expect(summary.steps == 60 && !summary.wasStopped)
    }

    @Test("a loss that is not finite stops the training, names the step and leaves the model alone")
    func notFinite() throws {
        var (trainer, model, optimizer) = try makeTrainer()
        let name = "blocks.1.feedForward.up.weight"
        var broken = try #require(model[parameter: name])
        broken[0, 0] = Tensor(.nan)
        model[parameter: name] = broken
        let before = model.tokenEmbedding.weight.scalars
        trainer.options.validationInterval = 0
        let error = try #require(throws: TrainingError.self) {
            try trainer.run(&model, &optimizer)
        }
        #expect(error.description.contains("step 1"))
        #expect(model.tokenEmbedding.weight.scalars == before)
    }

    @Test("a raised stop signal ends the training after the step")
    func stopping() throws {
        var (trainer, model, optimizer) = try makeTrainer()
        let stop = StopSignal()
        trainer.stopSignal = stop
        let summary = try trainer.run(&model, &optimizer) { event in
            if case .step(let report) = event, report.step == 4 { stop.raise() }
        }
        #expect(summary.steps == 4 && summary.wasStopped)
    }

    @Test("gradients of two batches add up to their sum")
    func accumulation() throws {
        let (trainer, model, _) = try makeTrainer()
        var generator = SplitMix64(seed: 3)
        let (x, y) = trainer.training.batch(4, using: &generator)
        let halves = [0..<2, 2..<4].map { rows in
            valueAndGradients(of: model) {
                $0.loss(x.rows(rows), targets: y.rows(rows))
            }.gradients
        }
        let sum = (halves[0] + halves[1]).scaled(by: 0.5)
        let whole = valueAndGradients(of: model) { $0.loss(x, targets: y) }.gradients
        for index in 0..<whole.count {
            #expect(absoluteError(sum[index], whole[index]) < 1e-5, "\(whole.names[index])")
        }
        #expect(try losses(accumulation: 2) != losses(accumulation: 1))
    }

    @Test("frozen parameters do not change")
    func freezing() throws {
        let (trainer, start, fresh) = try makeTrainer()
        var (model, optimizer) = (start, fresh)
        var generator = SplitMix64(seed: 3)
        let (x, y) = trainer.training.batch(4, using: &generator)
        let before = model
        let (_, gradients) = valueAndGradients(of: model) { $0.loss(x, targets: y) }
        optimizer.update(&model, along: gradients, where: { $0.hasPrefix("blocks.1.") })
        for (old, new) in zip(before.parameters, model.parameters) {
            let isSame = old.value.scalars == new.value.scalars
            #expect(isSame == !old.name.hasPrefix("blocks.1."), "\(old.name)")
        }
    }

    @Test("the mean over sequential batches counts every token but the first once")
    func evaluation() throws {
        let tokens = (0..<103).map { Int32($0 % 9) }
        let data = TokenDataset(tokens, contextLength: 8)
        var generator = SplitMix64(seed: 5)
        let model = GPT(
            .init(vocabularySize: 9, contextLength: 8, layers: 1, heads: 1, width: 8),
            using: &generator)
        let (loss, count) = model.evaluate(on: data, batchSize: 5)
        #expect(count == 102)
        var total: Float = 0
        for start in stride(from: 0, to: 102, by: 8) {
            let end = min(start + 8, 102)
            total += model.loss(
                TokenBatch(Array(tokens[start..<end])),
                targets: TokenBatch(Array(tokens[(start + 1)...end])), reduction: .sum
            ).item()
        }
        #expect(abs(loss - total / 102) < 1e-5)
        #expect(model.evaluate(on: data, batchSize: 5, batches: 1).tokens == 40)
    }
}
