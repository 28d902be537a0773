import Foundation
import MiniGPT

// The README's dozen lines, on a text that a few steps suffice for.
let text = String(repeating: "to be, or not to be, that is the question. ", count: 40)
let tokenizer = CharacterTokenizer(alphabetOf: text)
let data = TokenDataset(try tokenizer.encode(text), contextLength: 32)

var generator = SplitMix64(seed: 1337)
var model = GPT(
    .init(
        vocabularySize: tokenizer.vocabularySize, contextLength: 32, layers: 2, heads: 2, width: 32),
    using: &generator)
var optimizer = AdamW(learningRate: .cosine(peak: 1e-2, warmup: 5, total: 30, floor: 1e-3))
var losses: [Float] = []

for step in 0..<30 {
    let (inputs, targets) = data.batch(8, using: &generator)
    let (loss, gradients) = valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
    optimizer.update(&model, along: gradients.clipped(toNorm: 1))
    losses.append(loss)
    if step.isMultiple(of: 10) { print(step, loss) }
}

var said = ""
for try await event in try model.generate(
    "to be", tokenizer: tokenizer, options: .init(maximumTokens: 100))
{
    if case .text(let piece) = event { said += piece }
}
print(said)

// The model is saved and opened again in one call, with all that is needed to talk to it.
let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("importing-package-\(UUID().uuidString)")
defer { try? FileManager.default.removeItem(at: folder) }
try CheckpointStore(directory: folder).save(
    Checkpoint(
        model: model, optimizer: optimizer,
        progress: .init(step: 30, seed: 1337, tokensSeen: 30 * 8 * 32), options: .init(),
        settings: TrainingSettings([:]), tokenizer: SavedTokenizer(tokenizer)))
let opened = try LanguageModels.open(folder.path)
var again = ""
for try await event in try opened.generate("to be", options: .init(maximumTokens: 100)) {
    if case .text(let piece) = event { again += piece }
}
guard again == said else { fatalError("Opened again, the model said '\(again)', not '\(said)'.") }

// Not part of the README: the tests run this program and look at how it ends.
guard let first = losses.first, let last = losses.last, last < first - 0.5, said.count == 100 else {
    fatalError("The model did not learn or did not speak: losses \(losses), said '\(said)'.")
}
