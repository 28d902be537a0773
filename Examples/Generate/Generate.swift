import ArgumentParser
import Foundation
import MiniGPT

/// Continues a text with a model from a file.
///
/// The flags are the library's parameters; everything else is a call into it.
@main
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Generate",
        abstract:
            "Continues a text with a model from a checkpoint, a Hugging Face directory or a GGUF file.",
        discussion: """
            The text goes to standard output as it is made, the summary to standard error. Ctrl-C \
            stops before the next token.
            """)

    @Argument(
        help: """
            A directory of checkpoints or one of them, a directory with config.json and \
            model.safetensors, or a .gguf file.
            """)
    var model: String
    @Option(
        help: "The tokenizer: a file or a directory. (default: the model's own)")
    var tokenizer: String?
    @OptionGroup(title: "Text") var text: TextOptions
    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup(title: "Structure") var structure: StructureOptions
    @OptionGroup(title: "Speed") var speed: SpeedOptions
    @Flag(help: "No summary.") var quiet = false

    func run() throws {
        // All that the user gave is checked before the model is read.
        let parameters = try sampling.parameters()
        let order = try sampling.samplerOrder()
        let prompt = try text.promptText()
        let options = try text.options()
        try reporting { () throws(GenerationParameterError) in
            _ = try parameters.chain(order: order)
            try options.validate(contextLength: .max)
        }
        let grammar = try structure.chosen()
        if let threads = speed.threads, threads < 1 {
            throw Failure("--threads is \(threads), but must be at least 1.")
        }

        try Compute.$threads.withValue(speed.threads ?? Compute.threads) {
            try generate(prompt, parameters, order, options, grammar)
        }
    }

    private func generate(
        _ prompt: String, _ parameters: SamplingParameters, _ order: SamplerOrder,
        _ given: GenerationOptions, _ grammar: Grammar?
    ) throws {
        var options = given
        let source = try ModelSource(model, tokenizer: tokenizer)
        options.stopTokens.formUnion(text.ignoreEnd ? [] : source.endTokens)
        options.drafter = try speed.drafter()
        if let grammar {
            options.constraint = try reporting { () throws(GrammarError) in
                try grammar.constraint(source.tokenizer)
            }
        }
        let chain = try reporting { () throws(GenerationParameterError) in
            try sampling.completed(parameters, for: source.tokenizer).chain(order: order)
        }
        let stop = StopSignal.onInterrupt()
        if let beams = speed.beams {
            try search(beams, source, prompt, options)
        } else {
            try write(source, prompt, chain, options, until: stop)
        }
        if stop.isRaised { throw ExitCode(130) }  // 128 + SIGINT, as shells expect
    }

    /// Writes one continuation after the other.
    private func write(
        _ source: ModelSource, _ prompt: String, _ chain: SamplerChain,
        _ options: GenerationOptions, until stop: StopSignal
    ) throws {
        var generator = TextGenerator(
            speed.predictor(of: source.model), tokenizer: source.tokenizer)
        for index in 0..<text.count where !stop.isRaised {
            var random = SplitMix64(seed: text.seed &+ UInt64(index))
            let summary = try reporting { () throws(GenerationError) in
                try generator.generate(
                    prompt, sampler: chain, options: options, using: &random, until: stop
                ) { show($0, source.tokenizer) }
            }
            Output.write("\n")
            if !quiet { Output.complain(Report(summary).text) }
        }
    }

    private func show(_ event: GenerationEvent, _ tokenizer: any TextTokenizer) {
        switch event {
        case .text(let piece): if text.alternatives == nil { Output.write(piece) }
        case .token(let token): Output.write(Report.line(token, tokenizer))
        case .finished: break
        }
    }

    private func search(
        _ beams: Int, _ source: ModelSource, _ prompt: String, _ options: GenerationOptions
    ) throws {
        let generator = TextGenerator(
            speed.predictor(of: source.model), tokenizer: source.tokenizer)
        let tokens = try reporting { () throws(GenerationError) in try generator.encode(prompt) }
        let found = try reporting { () throws(GenerationParameterError) in
            try BeamSearch(
                beams: beams, maximumTokens: options.maximumTokens,
                lengthPenalty: speed.lengthPenalty
            ).search(
                generator.predictor, prompt: tokens.isEmpty ? [generator.startToken] : tokens,
                endTokens: options.stopTokens)
        }
        for beam in found {
            let tokens = beam.tokens.filter { !options.stopTokens.contains($0) }
            Output.write("\(beam.score)\t\(source.tokenizer.decode(tokens))\n")
        }
    }
}

/// What went wrong, as a sentence.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs something of the library, and says what went wrong in the words of the flags.
func reporting<Result, Mistake: Error & CustomStringConvertible>(
    _ body: () throws(Mistake) -> Result
) throws(Failure) -> Result {
    do {
        return try body()
    } catch {
        if let error = error as? GenerationParameterError {
            throw Failure(FlagNames.sentence(error))
        }
        if case .parameter(let error)? = error as? GenerationError {
            throw Failure(FlagNames.sentence(error))
        }
        throw Failure(error.description)
    }
}

/// The flags' names of the library's parameters.
private enum FlagNames {
    static func sentence(_ error: GenerationParameterError) -> String {
        let others = [
            "maximumTokens": "tokens", "stopStrings": "stop", "keepingFirst": "keep",
            "samplers": "order",
        ]
        let words = error.name.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }
        let name = others[error.name] ?? words.joined()
        return "--\(name) is \(error.value), but must be \(error.allowed)."
    }
}
