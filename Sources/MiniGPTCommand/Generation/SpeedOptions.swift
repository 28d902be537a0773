import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

extension NumberFormat: ExpressibleByArgument {
    /// The format of that name.
    public init?(argument: String) { self.init(name: argument) }
}

/// Ways to be faster, or to look further.
struct SpeedOptions: ParsableArguments {
    @Option(help: "Keep the weights as f32, f16, bf16, q8_0 or q4_0: the fewer bits, the faster.")
    var weights = NumberFormat.float32
    @Flag(help: "Guess that the text repeats itself; the text stays the same.")
    var guessRepetitions = false
    @Option(help: "Guess with this smaller model of the same vocabulary; the text stays the same.")
    var draftModel: String?
    @Option(parsing: .unconditional, help: "Search with so many beams, and show what they found.")
    var beams: Int?
    @Option(parsing: .unconditional, help: "Above 0 favours long texts in a beam search.")
    var lengthPenalty: Float = 1

    func drafter(in project: Project) throws -> (any Drafter)? {
        if let draftModel {
            let model = try ModelSource.model(project.modelPath(draftModel))
            return DraftModel(InferenceModel(model, weights: weights).predictor())
        }
        return guessRepetitions ? NGramDrafter() : nil
    }
}
