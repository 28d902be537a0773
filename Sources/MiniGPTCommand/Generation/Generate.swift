import ArgumentParser
import Foundation
import MiniGPT
import MiniPipeline

/// `minigpt generate`: continues a text.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continues a text with any model.",
        discussion: """
            The text goes to standard output as it is made, the summary to standard error. The same \
            seed makes the same text. Ctrl-C stops before the next token.

            Examples:
              minigpt generate --prompt "ROMEO:" --tokens 300 --temperature 0.8 --top-k 40
              minigpt generate --model runs/shakespeare/best --count 3 --seed 7 --stop "JULIET:"
              minigpt generate --model gpt2 --json-schema person.json --weights q8_0
              echo "Once upon a time" | minigpt generate --prompt-file - --defaults none
            """)

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Text") var text: TextOptions
    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup(title: "Structure") var structure: StructureOptions
    @OptionGroup(title: "Speed") var speed: SpeedOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    /// All that can be wrong without the model is found before the model is read.
    func validate() throws {
        let parameters = try sampling.parameters()
        let order = try sampling.samplerOrder()
        try checkingFlags { () throws(GenerationParameterError) in
            _ = try parameters.chain(order: order)
            try text.options().validate(contextLength: .max)
        }
    }

    func run() throws {
        let prompt = try text.promptText()
        let grammar = try structure.chosen()
        try threads.run { try generate(prompt, grammar) }
    }

    private func generate(_ prompt: String, _ grammar: Grammar?) throws {
        let source = try model.source(output.console, weights: speed.weights)
        var options = text.options()
        options.stopTokens.formUnion(text.ignoreEnd ? [] : source.endTokens)
        options.drafter = try speed.drafter(in: model.place.project)
        if let grammar {
            options.constraint = try describing { () throws(GrammarError) in
                try TokenConstraint(grammar, tokenizer: source.tokenizer)
            }
        }
        let chain = try sampling.chain(for: source.tokenizer)
        let stop = StopSignal.onInterrupt()
        if let beams = speed.beams {
            try search(beams, source, prompt, options)
        } else {
            var writer = ContinuationWriter(
                source: source, options: options, chain: chain, output: output.output)
            writer.count = text.count
            try writer.write(prompt, until: stop)
        }
        if let code = stop.exitCode { throw ExitCode(code) }
    }

    private func search(
        _ beams: Int, _ source: OpenedModel, _ prompt: String, _ options: GenerationOptions
    ) throws {
        let generator = source.generator()
        let tokens = try generating { () throws(GenerationError) in try generator.encode(prompt) }
        let found = try checkingFlags { () throws(GenerationParameterError) in
            try BeamSearch(
                beams: beams, maximumTokens: options.maximumTokens,
                lengthPenalty: speed.lengthPenalty
            ).search(
                generator.predictor, prompt: tokens.isEmpty ? [generator.startToken] : tokens,
                endTokens: options.stopTokens)
        }
        let results = found.map { beam in
            BeamResult(
                text: source.tokenizer.decode(
                    beam.tokens.filter { !options.stopTokens.contains($0) }),
                score: beam.score)
        }
        try output.show(
            results, text: results.map { "\($0.score)\t\($0.text)" }.joined(separator: "\n"))
    }
}

/// What a beam search found, for programs.
private struct BeamResult: Encodable {
    let text: String
    let score: Float
}
