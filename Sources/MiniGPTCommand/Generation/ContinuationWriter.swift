import MiniGPT
import MiniPipeline

/// Lets a model continue a text, and shows the continuation as it is made.
struct ContinuationWriter {
    let source: OpenedModel
    let options: GenerationOptions
    let chain: SamplerChain
    let output: Output
    /// How many continuations there are, with the options' seed, seed + 1, and so on.
    var count = 1

    /// Writes one continuation after the other.
    func write(_ prompt: String, until stop: StopSignal) throws {
        var generator = source.generator()
        var results: [Continuation] = []
        for index in 0..<count where !stop.isRaised {
            let seed = options.seed &+ UInt64(index)
            var random = SplitMix64(seed: seed)
            var made = ""
            let summary = try generating { () throws(GenerationError) in
                try generator.generate(
                    prompt, sampler: chain, options: options, using: &random, until: stop
                ) { event in
                    if case .text(let piece) = event, output.json { made += piece }
                    if !output.json { show(event) }
                }
            }
            if output.json {
                results.append(Continuation(text: made, seed: seed, summary))
            } else {
                output.console.write("\n")
                if !output.quiet { output.console.complain(GenerationReport(summary).text) }
            }
        }
        if output.json { try output.show(results, text: "") }
    }

    private func show(_ event: GenerationEvent) {
        switch event {
        case .text(let piece): if options.alternatives == nil { output.console.write(piece) }
        case .token(let token):
            output.console.write(GenerationReport.line(token, source.tokenizer))
        case .finished: break
        }
    }
}

extension SamplerChain {
    /// The stages of llama.cpp with its usual values, which `minigpt generate` has without flags.
    static func llamaCpp() throws -> SamplerChain {
        try checkingFlags { () throws(GenerationParameterError) in
            try SamplingParameters.llamaCpp.chain(order: .llamaCpp)
        }
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
