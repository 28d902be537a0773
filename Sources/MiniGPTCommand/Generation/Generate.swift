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
        let source = try model.source(output.console)
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
            try write(source, prompt, chain, options, until: stop)
        }
        if let code = stop.exitCode { throw ExitCode(code) }
    }

    /// Writes one continuation after the other.
    private func write(
        _ source: ModelSource, _ prompt: String, _ chain: SamplerChain,
        _ options: GenerationOptions, until stop: StopSignal
    ) throws {
        var generator = TextGenerator(
            speed.predictor(of: source.model), tokenizer: source.tokenizer)
        var results: [Continuation] = []
        for index in 0..<text.count where !stop.isRaised {
            var random = SplitMix64(seed: text.seed &+ UInt64(index))
            var made = ""
            let summary = try generating { () throws(GenerationError) in
                try generator.generate(
                    prompt, sampler: chain, options: options, using: &random, until: stop
                ) { event in
                    if case .text(let piece) = event, output.json { made += piece }
                    if !output.json { show(event, source.tokenizer) }
                }
            }
            if output.json {
                results.append(
                    Continuation(text: made, seed: text.seed &+ UInt64(index), summary))
            } else {
                output.console.write("\n")
                if !output.quiet { output.console.complain(GenerationReport(summary).text) }
            }
        }
        if output.json { try output.show(results, text: "") }
    }

    private func show(_ event: GenerationEvent, _ tokenizer: any TextTokenizer) {
        switch event {
        case .text(let piece): if text.alternatives == nil { output.console.write(piece) }
        case .token(let token): output.console.write(GenerationReport.line(token, tokenizer))
        case .finished: break
        }
    }

    private func search(
        _ beams: Int, _ source: ModelSource, _ prompt: String, _ options: GenerationOptions
    ) throws {
        let generator = TextGenerator(
            speed.predictor(of: source.model), tokenizer: source.tokenizer)
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

/// A continuation for programs.
private struct Continuation: Encodable {
    let text: String
    let seed: UInt64
    let stopReason: GenerationSummary.StopReason
    let promptTokens: Int
    let tokens: Int
    let tokensPerSecond: Double

    init(text: String, seed: UInt64, _ summary: GenerationSummary) {
        self.text = text
        self.seed = seed
        stopReason = summary.stopReason
        promptTokens = summary.promptTokens
        tokens = summary.tokens
        tokensPerSecond = summary.tokensPerSecond
    }
}

/// What a beam search found, for programs.
private struct BeamResult: Encodable {
    let text: String
    let score: Float
}
