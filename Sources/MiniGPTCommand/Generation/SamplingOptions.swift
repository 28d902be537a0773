import ArgumentParser
import Foundation
import MiniGPT

/// How tokens are chosen.
struct SamplingOptions: ParsableArguments {
    enum Defaults: String, ExpressibleByArgument, CaseIterable {
        case llamaCpp = "llamacpp"
        case huggingFace = "huggingface"
        case none
    }

    @Option(help: "What holds for flags that are not given, and in which order stages work.")
    var defaults = Defaults.llamaCpp
    @Option(
        help: ArgumentHelp(
            "The order of the stages, in llama.cpp's words.",
            valueName: "penalties;dry;top_k;…"))
    var order: String?
    @Option(parsing: .unconditional, help: "Below 1 makes likely tokens likelier; 0 is greedy.")
    var temperature: Float?
    @Option(parsing: .unconditional, help: "Choose from so many tokens; 0 for all.")
    var topK: Int?
    @Option(parsing: .unconditional, help: "Choose from this share of probability.")
    var topP: Float?
    @Option(parsing: .unconditional, help: "Leave out what is less probable than this × the best.")
    var minP: Float?
    @Option(parsing: .unconditional, help: "Choose from this share of typical tokens.")
    var typicalP: Float?
    @Option(parsing: .unconditional, help: "Leave out logits so many deviations below the best.")
    var topNSigma: Float?
    @Option(parsing: .unconditional, help: "Divides the logits of what came before.")
    var repetitionPenalty: Float?
    @Option(parsing: .unconditional, help: "Taken from logits for each time they came before.")
    var frequencyPenalty: Float?
    @Option(parsing: .unconditional, help: "Taken from logits of what came before.")
    var presencePenalty: Float?
    @Option(parsing: .unconditional, help: "How many of the last tokens the penalties look at.")
    var penaltyWindow: Int?
    @Option(parsing: .unconditional, help: "The penalty of a repetition; 0 for off.")
    var dryMultiplier: Float?
    @Option(parsing: .unconditional, help: "How it grows with the repetition's length.")
    var dryBase: Float?
    @Option(parsing: .unconditional, help: "Shorter repetitions are free.")
    var dryAllowedLength: Int?
    @Option(parsing: .unconditional, help: "How often the likeliest tokens are left out.")
    var xtcProbability: Float?
    @Option(parsing: .unconditional, help: "What counts as likeliest there.")
    var xtcThreshold: Float?
    @Option(parsing: .unconditional, help: "Keep the surprise near so many bits.")
    var mirostatTarget: Float?
    @Option(parsing: .unconditional, help: "How fast mirostat adapts.") var mirostatRate: Float?
    @Option(help: ArgumentHelp("Added to a token's logit.", valueName: "token=number"))
    var logitBias: [String] = []

    func parameters() throws -> SamplingParameters {
        var parameters: SamplingParameters =
            switch defaults {
            case .llamaCpp: .llamaCpp
            case .huggingFace: .huggingFace
            case .none: SamplingParameters()
            }
        func set<Value>(_ path: WritableKeyPath<SamplingParameters, Value>, _ value: Value?) {
            if let value { parameters[keyPath: path] = value }
        }
        set(\.temperature, temperature)
        set(\.topK, topK)
        set(\.topP, topP)
        set(\.minP, minP)
        set(\.typicalP, typicalP)
        set(\.topNSigma, topNSigma)
        set(\.repetitionPenalty, repetitionPenalty)
        set(\.frequencyPenalty, frequencyPenalty)
        set(\.presencePenalty, presencePenalty)
        set(\.penaltyWindow, penaltyWindow.map(Optional.some))
        set(\.dryMultiplier, dryMultiplier)
        set(\.dryBase, dryBase)
        set(\.dryAllowedLength, dryAllowedLength)
        set(\.xtcProbability, xtcProbability)
        set(\.xtcThreshold, xtcThreshold)
        set(\.mirostatTarget, mirostatTarget.map(Optional.some))
        set(\.mirostatRate, mirostatRate)
        for text in logitBias {
            let parts = text.split(separator: "=")
            guard parts.count == 2, let token = Int32(parts[0]), let bias = Float(parts[1]) else {
                throw ValidationError(
                    "--logit-bias is \(text), but must be a token's number = a number.")
            }
            parameters.logitBias[token] = bias
        }
        return parameters
    }

    func samplerOrder() throws -> SamplerOrder {
        if let order {
            return try checkingFlags { () throws(GenerationParameterError) in
                try SamplerOrder(llamaCpp: order)
            }
        }
        return defaults == .huggingFace ? .huggingFace : .llamaCpp
    }

    /// The chain of stages for a vocabulary.
    func chain(for tokenizer: any TextTokenizer) throws -> SamplerChain {
        var parameters = try parameters()
        if parameters.dryMultiplier > 0 {
            parameters.dryBreakers = DRY.breakers(DRY.usualBreakers, tokenizer: tokenizer)
        }
        let order = try samplerOrder()
        return try checkingFlags { () throws(GenerationParameterError) in
            try parameters.chain(order: order)
        }
    }
}
