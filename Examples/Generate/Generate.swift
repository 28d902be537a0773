import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// Continues a text with a model from a file: the library in forty lines.
///
/// `minigpt generate` can do much more: all samplers, grammars, beams, weights of fewer bits.
@main
struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Generate", abstract: "Continues a text with a model.")

    @Argument(
        help: "A run, a checkpoint, a directory in Hugging Face's layout, or a GGUF file.")
    var model: String
    @Option(help: "Where the text starts.") var prompt = ""
    @Option(parsing: .unconditional, help: "How many tokens to make at most.") var tokens = 200
    @Option(parsing: .unconditional, help: "Below 1 makes likely tokens likelier; 0 is greedy.")
    var temperature: Float = 0.8
    @Option(parsing: .unconditional, help: "Decides the sampler's choices.")
    var seed: UInt64 = 1337

    func run() async throws {
        let source = try ModelSource(model)
        var parameters = SamplingParameters.llamaCpp
        parameters.temperature = temperature
        var options = GenerationOptions(maximumTokens: tokens, seed: seed)
        options.stopTokens = source.endTokens

        let generator = TextGenerator(
            InferenceModel(source.model).predictor(), tokenizer: source.tokenizer)
        let events = try generator.stream(prompt, sampler: parameters.chain(), options: options)
        for try await event in events {
            switch event {
            case .text(let piece):
                FileHandle.standardOutput.write(Data(piece.utf8))
            case .finished(let summary):
                print("\n[\(summary.stopReason.rawValue), \(summary.tokens) tokens]")
            case .token: break
            }
        }
    }
}
