import Foundation
import MiniGPT

/// A text that small tokenizers and models can learn something from.
let shortText = String(
    repeating: "ROMEO: To be, or not to be. The miller counts his sacks of flour: déjà vu.\n",
    count: 40)

/// A folder for the files of a test; it is deleted afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-documentation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// A run with a checkpoint of a small model of characters; it is deleted afterwards.
func withRun(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-documentation-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let letters = String(decoding: Array(0x20...0x7E), as: UTF8.self)
    let tokenizer = CharacterTokenizer(alphabetOf: shortText + letters)
    let checkpoints = try CheckpointStore(directory: folder.appendingPathComponent("checkpoints"))
    var model = smallModel(vocabularySize: tokenizer.vocabularySize, contextLength: 96)
    var optimizer = AdamW(learningRate: .constant(1e-3))
    let tokens = TokenBatch([0, 1], batch: 1, time: 2)
    optimizer.update(&model, along: model.lossAndGradients(tokens, targets: tokens).gradients)
    try checkpoints.save(
        Checkpoint(
            model: model, optimizer: optimizer,
            progress: .init(step: 1, seed: 1, tokensSeen: 1), options: .init(),
            settings: TrainingSettings([:]), tokenizer: SavedTokenizer(tokenizer)))
    try await body(folder)
}

/// A model that takes no time, for a vocabulary.
func smallModel(vocabularySize: Int, contextLength: Int = 32) -> GPT {
    var random = SplitMix64(seed: 1)
    return GPT(
        .init(
            vocabularySize: vocabularySize, contextLength: contextLength, layers: 1, heads: 2,
            width: 16),
        using: &random)
}
