import Foundation
import MiniGPT
import Testing

/// `Goldens/checkpoint-version-1` was written by the version before the one that knows other models
/// than GPT; `make.swift.txt` beside it is the program.
@Suite("Checkpoints of format version 1")
struct CheckpointVersion1Tests {
    private func checkpoint() throws -> Checkpoint {
        let folder = try #require(
            Bundle.module.url(
                forResource: "checkpoint-version-1", withExtension: nil, subdirectory: "Goldens"))
        return try Checkpoint(contentsOf: folder)
    }

    @Test("A training goes on from one as it would have with the old version")
    func resumes() throws {
        let checkpoint = try checkpoint()
        #expect(checkpoint.model.kind == "GPT" && checkpoint.optimizer.kind == "AdamW")
        #expect(checkpoint.progress.step == 3)
        let text = String(repeating: "abcab cabba ", count: 12)
        let tokenizer = try #require(try checkpoint.tokenizer?.tokenizer())
        let data = TokenDataset(try tokenizer.encode(text), contextLength: 8)
        var model = try GPT(checkpoint)
        var optimizer = AdamW(learningRate: .constant(1e-2), betas: (0.9, 0.99))
        var options = Trainer.Options()
        (options.steps, options.batchSize, options.validationInterval) = (6, 4, 0)
        var trainer = Trainer(training: data, options: options)
        #expect(try trainer.resume(&model, &optimizer, from: checkpoint) == [])
        var losses: [Float] = []
        try trainer.run(&model, &optimizer) { event in
            if case .step(let report) = event { losses.append(report.loss) }
        }
        // What the old version printed. The bias corrections of AdamW are rounded once now.
        for (loss, old) in zip(losses, [1.3649496, 1.3647308, 1.330492] as [Float]) {
            #expect(abs(loss - old) < 1e-5)
        }
        #expect(losses.count == 3)
    }
}
