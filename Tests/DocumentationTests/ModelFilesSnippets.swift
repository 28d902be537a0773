import Foundation
import MiniGPT
import Testing

@Suite("Documentation/Checkpoints.md, Interchange.md")
struct ModelFilesSnippets {
    @Test("A training is saved as it goes on, and a second one resumes it")
    func checkpoints() throws {
        try withFolder { folder in
            let tokenizer = CharacterTokenizer(alphabetOf: shortText)
            let tokens = TokenStore(try tokenizer.encode(shortText))
            let data = try TokenDataset.split(tokens, contextLength: 16)
            for step in [0, 2] {
                var model = smallModel(vocabularySize: tokenizer.vocabularySize, contextLength: 16)
                var optimizer = AdamW(learningRate: .constant(1e-3))
                var options = Trainer.Options()
                (options.steps, options.batchSize) = (step + 2, 2)
                // snippet: Documentation/Checkpoints.md 1, "runs/mine/checkpoints" => folder.path, steps: 250 => steps: 2
                let store = try CheckpointStore(directory: URL(fileURLWithPath: folder.path))
                var trainer = Trainer(
                    training: data.training, validation: data.validation, options: options)
                trainer.checkpoints = CheckpointPlan(
                    store, steps: 2, tokenizer: SavedTokenizer(tokenizer))
                if let loaded = try store.loadLatest() {
                    for skipped in loaded.skipped { print("Passed over \(skipped)") }
                    try trainer.resume(&model, &optimizer, from: loaded.checkpoint)
                }
                try trainer.run(&model, &optimizer)
                // end of snippet
                #expect(optimizer.step == step + 2)
            }
        }
    }

    @Test("A model comes from Hugging Face's layout, and goes there and to llama.cpp")
    func interchange() throws {
        try withFolder { folder in
            func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
            var trainer = BytePairTrainer(vocabularySize: 280)
            trainer.specialTokens = ["<|endoftext|>"]
            let text = folder.appendingPathComponent("corpus.txt")
            try Data(shortText.utf8).write(to: text)
            let tokenizer = try trainer.train(onFiles: [text.path]).tokenizer
            try smallModel(vocabularySize: tokenizer.vocabularySize)
                .export(huggingFace: URL(fileURLWithPath: path("gpt2")))

            // snippet: Documentation/Interchange.md 1, var model => let model, "gpt2" => path("gpt2"), "mine" => path("mine"), "mine.gguf" => path("mine.gguf")
            let model = try GPT(huggingFace: URL(fileURLWithPath: path("gpt2")))
            // … train on …
            let end = tokenizer.endOfText.map { Int($0) }
            try model.export(
                huggingFace: URL(fileURLWithPath: path("mine")),
                tokenizerFiles: tokenizer.huggingFaceFiles(),
                beginOfText: end, endOfText: end)
            try model.export(
                gguf: URL(fileURLWithPath: path("mine.gguf")), format: .q8,
                tokenizer: GGUFTokenizer(tokenizer))
            // end of snippet
            let again = try GPT(huggingFace: URL(fileURLWithPath: path("mine")))
            #expect(again.configuration == model.configuration)
        }
    }
}
