import MiniGPT
import Foundation
let text = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
let tokenizer = CharacterTokenizer(alphabetOf: text)
let data = try TokenDataset.split(TokenStore(try tokenizer.encode(text)), contextLength: 64)
var rng = SplitMix64(seed: 1337)
var model = GPT(.shakespeareCharacters(vocabularySize: tokenizer.vocabularySize), using: &rng)
print(model)
var optimizer = AdamW(learningRate: .cosine(peak: 1e-3, warmup: 100, total: 2000, floor: 1e-4), betas: (0.9, 0.99), weightDecay: 0.1)
var trainer = Trainer(training: data.training, validation: data.validation)
trainer.peakGigaflops = Compute.measurePeak()
print(Compute.kernelName, Compute.blasDescription, trainer.peakGigaflops!)
try trainer.run(&model, &optimizer) { e in
    switch e {
    case .step(let r): if r.step % 100 == 0 || r.step < 5 { print(r.step, r.loss, r.gradientNorm, Int(r.tokensPerSecond), r.shareOfPeak ?? 0, r.elapsedSeconds) }
    default: print(e)
    }
}
for await event in try model.generate("\n", tokenizer: tokenizer) { if case .text(let t) = event { print(t, terminator: "") } }
