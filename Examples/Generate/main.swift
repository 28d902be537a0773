import Foundation
import MiniGPT

// Continues a text with a model from the disk, with nothing but the library:
//
//     swift run Generate runs/shakespeare "ROMEO:" 300
//
// `minigpt generate` can do much more: all samplers, grammars, beams, weights of fewer bits.

let words = CommandLine.arguments + Array(repeating: "", count: 4)
do {
    let model = try LanguageModels.open(words[1])
    let options = GenerationOptions(
        maximumTokens: Int(words[3]) ?? 200, seed: UInt64(words[4]) ?? 1337)
    for try await event in try model.generate(words[2], options: options) {
        switch event {
        case .text(let piece): FileHandle.standardOutput.write(Data(piece.utf8))
        case .finished(let end): print("\n[\(end.stopReason.rawValue), \(end.tokens) tokens]")
        case .token: break
        }
    }
} catch {
    let usage = "usage: Generate MODEL [PROMPT [TOKENS [SEED]]]"
    FileHandle.standardError.write(Data("\(error)\n\(usage)\n".utf8))
    exit(1)
}
